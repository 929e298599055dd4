core.register_action('wait_for_server', { 'tcp-req' }, function(transaction, backend)
  for _ = 1, 600 do
    for _, server in pairs(core.backends[backend].servers) do
      if server:get_stats().status:sub(1, 2) == 'UP' then return end
    end
    core.msleep(25)
  end
end, 1)
