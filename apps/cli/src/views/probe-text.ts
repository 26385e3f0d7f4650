import type { Probe, ProbeResult } from '@mtls-gateway/contract'
import { paint, table } from '@mtls-gateway/terminal'

/** What the certificate does not show afterwards. */
const lost: Readonly<Record<string, string>> = {
  outcome: 'The account is full, so what was found at each url is not kept. Delete what is no longer used.',
  nothing: 'The account is full, or another version is staged by now: nothing of this probe is kept.',
}

export function probeText({ ok, results, kept }: Probe, colour: boolean): string {
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
  const note = ok === null || kept === null ? undefined : lost[kept]
  return [
    `probe: ${verdicts[`${ok}`]}`,
    table(['RESULT', 'STATUS', 'MAPPINGS', 'URL'], rows),
    ...explained,
    ...(note ? [note] : []),
  ].join('\n')
}

function explanationOf({ url, explanation }: ProbeResult): string {
  return `${url}: ${explanation}`
}
