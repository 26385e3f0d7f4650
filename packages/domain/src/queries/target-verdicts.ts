import type { UploadedVersion } from '../certificates/certificate.ts'
import type { ProbedUrl, ProbeRecord } from '../certificates/probe-record.ts'
import { isTakenBack, type Mapping } from '../mappings/mapping.ts'
import { isUrlPattern } from '../mappings/mapping-url.ts'
import { fallsUnder } from './probe-plan.ts'

/**
 * What a probe says of the target of a mapping. `open`: it was not called, or its answer may be about the certificate
 * or about something else.
 */
export type TargetVerdict = 'accepted' | 'open' | 'failed'

/**
 * What the last probe of a staged version says of the target of any mapping. Mappings that trust their target alike
 * share a call, of which the record names one. Where a url was called once for each trust, a mapping without a call of
 * its own needs all of them to succeed. Without a result, a mapping that was changed since is open: it may be new, or
 * have another url.
 */
export function targetVerdicts(probe: ProbeRecord | undefined): (mapping: Mapping) => TargetVerdict {
  const results = probe?.results ?? []
  const byMapping = grouped(results, ({ mappingId }) => mappingId)
  const byUrl = grouped<string>(results, ({ url }) => url)
  const ofOthers = probe ? verdictOfOthers(probe) : 'open'
  return (mapping) => {
    const own = (byMapping.get(mapping.id) ?? []).filter(({ url }) => fallsUnder(url, mapping))
    const found = own.length > 0 ? own : (byUrl.get(mapping.url) ?? [])
    if (found.length > 0) return verdictOf(found)
    if (probe?.revision !== undefined && mapping.revision > probe.revision) return 'open'
    return ofOthers === 'accepted' && (probe?.revision === undefined || !isProbed(mapping)) ? 'open' : ofOthers
  }
}

/** What is staged, and how its last probe ended. */
type StagedUnderTest = Pick<UploadedVersion, 'versionId'> & { readonly probe?: ProbeRecord | undefined }

/**
 * Whether a target has said, itself or by its owner, that it accepts what is staged. What it has said itself counts for
 * more, until its owner says something later.
 */
export function acceptsStaged({ versionId, probe }: StagedUnderTest): (mapping: Mapping) => boolean {
  const verdictOf = targetVerdicts(probe)
  return (mapping) => {
    if (isTakenBack(mapping, versionId)) return false
    const verdict = verdictOf(mapping)
    const { prepared } = mapping
    if (prepared?.version !== versionId || prepared.state !== 'registered') return verdict === 'accepted'
    return verdict !== 'failed' || probe === undefined || prepared.since >= probe.at
  }
}

/** Whether a probe calls its url: it need not be told one. */
export function isProbed({ enable, url }: Mapping): boolean {
  return enable && !isUrlPattern(url)
}

function grouped<Key>(
  results: readonly ProbedUrl[],
  keyOf: (result: ProbedUrl) => Key,
): ReadonlyMap<Key, readonly ProbedUrl[]> {
  const groups = new Map<Key, ProbedUrl[]>()
  for (const result of results) {
    const key = keyOf(result)
    groups.set(key, [...(groups.get(key) ?? []), result])
  }
  return groups
}

function verdictOf(results: readonly ProbedUrl[]): TargetVerdict {
  if (results.some(({ ok }) => !ok)) return 'failed'
  return results.some(({ clientCertificate }) => clientCertificate === 'doubtful') ? 'open' : 'accepted'
}

/** For targets that are not among the results. */
function verdictOfOthers({ ok, results, omitted = 0 }: ProbeRecord): TargetVerdict {
  const ofAll = ok ? 'accepted' : 'failed'
  if (!results) return ofAll
  if (omitted === 0) return 'open'
  // The worst are kept first: those that are omitted are no worse than the last.
  return results.length > 0 ? verdictOf(results.slice(-1)) : ofAll
}
