local members = { pg1 = 20004, pg2 = 20005, pg3 = 20013 }
local window = 3
local near = 16 * 1024 * 1024
local written = {}
local heard, misses, behind, led, leads = {}, {}, {}, {}, {}
local is_new = true
local connected = 0

local function now()
  local time = core.now()
  return time.sec + time.usec / 1000000
end

-- What was written before the window is what everybody has to have.
local function trim()
  local before = now() - window
  while written[2] and written[2].at <= before do table.remove(written, 1) end
  if not written[1] then return nil end
  if written[1].at <= before then is_new = false end
  return (is_new or written[1].at <= before) and written[1].location or nil
end

-- What one primary had written, another goes on from: whoever was behind still is. It may begin below that, as the rest
-- nobody got, which nobody has to have then.
local function wrote(location)
  for _, one in ipairs(written) do one.location = math.min(one.location, location) end
  table.insert(written, { at = now(), location = location })
  trim()
end

-- Nobody stays with one that is cut; in any other role it keeps the readers that it has.
local function lead_readers(name, role)
  if led[name] == role then return end
  led[name] = role
  for _, backend in ipairs({ 'replica', 'standby' }) do
    for _, way in ipairs({ '', '-encrypted' }) do
      local server = core.backends[backend .. way].servers[name]
      if backend == role then server:set_ready() else server:set_maint() end
      if role == 'cut' then server:shut_sess() end
    end
  end
end

local function role_of(body, replayed)
  local last = written[#written]
  local is_near = replayed and (not last or last.location - replayed <= near)
  if not is_near or not body:find('"state": "running"', 1, true) then return 'none' end
  return body:find('"sync_standby": true', 1, true) and 'standby' or 'replica'
end

-- Only one has the lease: whoever else had the writers, and did not say that it leads when it was asked last, has them no more.
local function lead_writers(name)
  for other, server in pairs(core.backends.primary.servers) do
    local status = server:get_stats().status
    if other == name and status ~= 'UP' then server:check_force_up() end
    if status:sub(1, 2) == 'UP' and not leads[other] then server:check_force_down() end
  end
end

-- Of one that fails its checks and is not down yet, HAProxy says UP 7/8. All who were connected are gone where the server has
-- died, or where the pool is held, so that another takes over.
local function has_one_primary()
  local leader
  for name in pairs(members) do
    if leads[name] and leader then return false end
    if leads[name] then leader = name end
  end
  if not leader then return false end
  local stats = core.backends.primary.servers[leader]:get_stats()
  if stats.scur > 0 then connected = now() end
  local all_left = stats.scur == 0 and now() - connected < 30
  return stats.status == 'UP' and not all_left
end

local function look(name, port)
  local answer = core.httpclient():get({ url = 'http://127.0.0.1:' .. port .. '/primary', timeout = 1000 })
  local body = answer and answer.body or ''
  local location = tonumber(body:match('"location": (%d+)'))
  local replayed = tonumber(body:match('"replayed_location": (%d+)'))
  -- Its server answers as a primary, and by its Patroni's word it has the lease: one that was frozen has it no more.
  leads[name] = location ~= nil and answer.status == 200
  if leads[name] then
    wrote(location)
    lead_writers(name)
  end
  if location or replayed then
    heard[name], misses[name] = now(), 0
    local needed = trim()
    behind[name] = replayed and needed and replayed < needed and (behind[name] or 0) + 1 or 0
    -- What was on its way at the first look is there at the second.
    if behind[name] > (is_new and 1 or 0) then lead_readers(name, 'cut')
    elseif behind[name] == 0 then lead_readers(name, role_of(body, replayed)) end
  else
    misses[name] = (misses[name] or 0) + 1
    if misses[name] == 2 then lead_readers(name, 'none') end
  end
end

-- A look at one that is frozen takes four seconds, as HAProxy tries again by itself.
local function leave_silent()
  for name in pairs(members) do
    local silent = now() - heard[name]
    if silent >= 4 then lead_readers(name, 'cut')
    elseif silent >= 3 then lead_readers(name, 'none') end
  end
end

local function rest(name)
  if is_new then return core.msleep(100) end
  if not has_one_primary() then return core.msleep(150) end
  for _ = 1, 4 do
    core.msleep(250)
    if misses[name] > 0 or not has_one_primary() then return end
  end
end

for name, port in pairs(members) do
  heard[name] = now()
  core.register_task(function()
    -- HAProxy takes each for one that leads until its first check says otherwise, and would cut whom it led there.
    core.backends.primary.servers[name]:check_force_down()
    while true do
      look(name, port)
      rest(name)
    end
  end)
end

core.register_task(function()
  while true do
    core.msleep(500)
    leave_silent()
  end
end)

-- An HAProxy that has just begun leads nobody before it has looked at everybody.
core.register_action('wait_for_looks', { 'tcp-req' }, function()
  for _ = 1, 60 do
    local all = true
    for name in pairs(members) do all = all and misses[name] ~= nil end
    if all then return end
    core.msleep(25)
  end
end, 0)
