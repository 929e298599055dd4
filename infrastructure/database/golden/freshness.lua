local members = { pg1 = 20004, pg2 = 20005, pg3 = 20013 }
local window = 3
local leader, written = nil, {}
local misses, behind, is_out = {}, {}, {}
local is_new = true

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

-- A new primary may begin below what the one before had written, and nobody got.
local function wrote(name, location)
  local last = written[#written]
  if leader ~= name or (last and location < last.location) then written = {} end
  leader = name
  table.insert(written, { at = now(), location = location })
  trim()
end

local function lead_readers(name, away)
  if (is_out[name] or false) == away then return end
  is_out[name] = away
  for _, backend in ipairs({ 'replica', 'standby' }) do
    local server = core.backends[backend].servers[name]
    if away then
      server:set_maint()
      server:shut_sess()
    else
      server:set_ready()
    end
  end
end

local function look(name, port)
  local answer = core.httpclient():get({ url = 'http://127.0.0.1:' .. port .. '/patroni', timeout = 1000 })
  local body = answer and answer.body or ''
  local location = tonumber(body:match('"location": (%d+)'))
  local replayed = tonumber(body:match('"replayed_location": (%d+)'))
  misses[name] = (location or replayed) and 0 or (misses[name] or 0) + 1
  if location then wrote(name, location) end
  if location or replayed then
    local needed = trim()
    behind[name] = replayed and needed and replayed < needed and (behind[name] or 0) + 1 or 0
    -- What was on its way at the first look is there at the second.
    lead_readers(name, behind[name] > (is_new and 1 or 0))
  elseif misses[name] >= 3 then
    lead_readers(name, true)
  end
end

for name, port in pairs(members) do
  core.register_task(function()
    while true do
      look(name, port)
      core.msleep(is_new and 100 or 1000)
    end
  end)
end
