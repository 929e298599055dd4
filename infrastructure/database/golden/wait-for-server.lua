local function is_up(backend)
  for _, server in pairs(core.backends[backend].servers) do
    if server:get_stats().status:sub(1, 2) == 'UP' then return true end
  end
  return false
end

core.register_action('wait_for_server', { 'tcp-req' }, function(transaction, backend)
  for _ = 1, 600 do
    if is_up(backend) then return end
    core.msleep(25)
  end
end, 1)

core.register_action('wait_for_place', { 'tcp-req' }, function(transaction, backend, places, seconds)
  for _ = 1, tonumber(seconds) * 20 do
    if core.backends[backend]:get_stats().scur < tonumber(places) and is_up(backend) then return end
    core.msleep(50)
  end
end, 3)
