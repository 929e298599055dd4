module edge-test-slow-server

go 1.21
