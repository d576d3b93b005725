-- For wrk: each request carries the next token of a file. The requests are
-- made before the first one is sent.

local requests = {}
local n = 0

function init(args)
    for token in io.lines(args[1]) do
        wrk.headers["Authorization"] = "Bearer " .. token
        requests[#requests + 1] = wrk.format("GET", "/orders/1")
    end
end

function request()
    n = n % #requests + 1
    return requests[n]
end
