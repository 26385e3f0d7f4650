-- Sends the requests of a file in their order. Arguments: the file, `once` or `again` (from the first one when all are sent), how
-- many bytes of body follow each head, and how long a connection waits before its next request on average, in milliseconds.

local requests, sent, once, body = {}, 0, false, ""

function init(args)
  local file = assert(io.open(args[1], "rb"))
  for head in file:read("*a"):gmatch("([^\1]+)\1") do requests[#requests + 1] = head end
  file:close()
  once = args[2] == "once"
  body = string.rep("x", tonumber(args[3]))
  local mean = tonumber(args[4])
  -- Exponential: callers that know nothing of each other.
  if mean > 0 then delay = function() return math.floor(-mean * math.log(1 - math.random()) + 0.5) end end
end

function request()
  if sent == #requests then
    -- A signed request that comes a second time is refused: better to measure for a shorter time.
    if once then wrk.thread:stop() else sent = 0 end
  end
  if sent < #requests then sent = sent + 1 end
  return requests[sent] .. body
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%.6f,"p50Ms":%.3f,"p99Ms":%.3f,"maxMs":%.3f,"errors":%d,"failures":'
      .. '{"connections":%d,"answers from 400":%d,"time-outs":%d}}\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
    e.connect + e.read + e.write + e.status + e.timeout, e.connect + e.read + e.write, e.status, e.timeout
  ))
end
