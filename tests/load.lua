-- Questions for `wrk`, in several languages: answered ones, a red flag, what no entry answers (OPERATIONS.md).
local questions = {
  "nimesahau kumeza kidonge jana", "i forgot my pill yesterday what do i do", "can the injection make me infertile",
  "quels sont les effets secondaires de l'implant", "puedo quedar embarazada la primera vez", "where is the nearest clinic",
  "does the coil hurt", "kondomu imepasuka nifanye nini", "what time is it in nairobi", "is it safe to use pills while breastfeeding",
}
local n = 0
request = function()
  n = n + 1
  return wrk.format("POST", "/v1/search", {["Content-Type"]="application/json"}, '{"question": "' .. questions[n % #questions + 1] .. '"}')
end
done = function(s, l, r)
  io.write(string.format("p50 %.2f ms p99 %.2f ms, non-2xx %d, socket errors %d, %.0f/s\n", l:percentile(50)/1000, l:percentile(99)/1000, s.errors.status, s.errors.connect+s.errors.read+s.errors.write+s.errors.timeout, s.requests/(s.duration/1e6)))
end
