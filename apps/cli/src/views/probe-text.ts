import type { Probe, ProbeResult } from '@mtls-gateway/contract'
import { paint, table } from '@mtls-gateway/terminal'

export function probeText({ ok, results }: Probe, colour: boolean): string {
  if (results.length === 0) return 'probe: no url is mapped, so there was nothing to try'
  const verdicts = {
    true: paint('good', 32, colour),
    false: paint('failed', 31, colour),
    null: 'nothing could be tried',
  }
  const rows = results.map(({ url, result, status, mappings }) => [
    result,
    status ?? '',
    mappings.map(({ name }) => name).join(', '),
    url,
  ])
  const explained = results
    .filter(({ result, clientCertificate }) => result !== 'ok' || clientCertificate !== 'accepted')
    .map(explanationOf)
  return [`probe: ${verdicts[`${ok}`]}`, table(['RESULT', 'STATUS', 'MAPPINGS', 'URL'], rows), ...explained].join('\n')
}

function explanationOf({ url, explanation }: ProbeResult): string {
  return `${url}: ${explanation}`
}
