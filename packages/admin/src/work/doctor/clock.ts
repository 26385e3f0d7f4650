import { type Finding, fail, ok, warn } from '../../finding.ts'

/** Requests may be signed 300 s ago, and tokens are valid for minutes. */
const mostMs = 60_000
const noticedMs = 2_000

export function clockFinding(server: string, aheadMs: number): Finding {
  const check = `clock against ${server}`
  const seconds = (Math.abs(aheadMs) / 1_000).toFixed(1)
  const found =
    Math.abs(aheadMs) < 1_000 ? 'within a second' : `${server} is ${seconds} s ${aheadMs > 0 ? 'ahead' : 'behind'}`
  const fix = 'Synchronise the clocks (NTP): signatures and tokens are refused if they come from too far away.'
  if (Math.abs(aheadMs) > mostMs) return fail(check, found, fix)
  return Math.abs(aheadMs) > noticedMs ? warn(check, found, fix) : ok(check, found)
}
