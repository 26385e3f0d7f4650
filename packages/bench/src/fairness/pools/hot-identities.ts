import { createCa } from '@mtls-gateway/test-kit'
import { bodyOf } from '../../gateway/bench-account.ts'
import { beginAttack } from '../attack.ts'
import { throttledPerSecond } from '../attack-order.ts'
import type { PoolMeasurement, Stage } from '../measurement.ts'
import { callerOf, forwardTo, newTenant, type Tenant } from '../tenants.ts'

/** PEM of a CA has at most 16 KiB; its name stands in it twice. */
const longName = 5_500

/** Either of what a caller takes: its memory, and the time in which its CAs are read. */
const prepare = (certificates: number, lists: number) => async (stage: Stage) => {
  const { services, target } = stage
  const [quiet, hostile] = [await newTenant(stage, 'quiet', ['small']), await newTenant(stage, 'hostile', [])]
  const urls = [
    ...(await mappedCertificates(stage, hostile, certificates)),
    ...(await mappedTrusts(stage, hostile, lists)),
  ]
  const caller = callerOf(stage, quiet)
  return {
    perSecond: 75,
    operate: async () => {
      bodyOf(await caller.json('GET', quiet.path, undefined, forwardTo(`${target.url}/small`)), 200)
    },
    begin: async () =>
      beginAttack({
        kind: 'requests',
        url: services.forwarder.url,
        method: 'GET',
        path: hostile.path,
        headers: {},
        targetUrls: urls,
        appKey: hostile.appKey,
        atOnce: 64,
        perSecond: throttledPerSecond,
      }),
    // What calls have left is kept for the next ones.
    isOver: () => true,
  }
}

export const hotIdentities: PoolMeasurement = {
  operation: 'a small forward',
  attack: 'calls in turn with 300 certificates, where it has room for 100',
  env: { MAX_HOT_IDENTITIES: '200' },
  prepare: prepare(300, 0),
}

export const tlsContexts: PoolMeasurement = {
  operation: 'a small forward',
  attack: 'calls in turn with 60 different lists of ten CAs, as large as they may be',
  env: { MAX_HOT_IDENTITIES: '200' },
  prepare: prepare(0, 60),
}

async function mappedCertificates({ target }: Stage, { account }: Tenant, count: number): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, n) => `hot-${n}`)
  const issued = names.map(async (name) => {
    const { certificate, privateKey } = await target.clientCa.issue({ commonName: name })
    return { name, certificate, privateKey }
  })
  const ids = count === 0 ? [] : await account.addCertificates(await Promise.all(issued))
  const mappings = ids.map((certificationId, n) => {
    const name = names[n] ?? ''
    return { name, url: `${target.url}/${name}`, certificationId }
  })
  if (count > 0) await account.addMappings(mappings)
  return mappings.map(({ url }) => url)
}

async function mappedTrusts({ target }: Stage, hostile: Tenant, count: number): Promise<readonly string[]> {
  const urls: string[] = []
  for (const list of await trustLists(target.ca, count)) {
    const name = `trust-${urls.length}`
    const mapping = { name, url: `${target.url}/${name}`, certificationId: hostile.certificateId }
    await hostile.account.addMappings([{ ...mapping, targetTrust: { caCertificates: list } }])
    urls.push(mapping.url)
  }
  return urls
}

/** Lists that differ in one CA, so that each is a TLS context of its own. */
async function trustLists(targetCa: string, count: number): Promise<readonly string[]> {
  const named = (name: string) => createCa({ name })
  const large = await Promise.all(Array.from({ length: 8 }, (_, n) => named(`${n}`.padEnd(longName, 'x'))))
  const own = await Promise.all(Array.from({ length: count }, (_, n) => named(`CA ${n}`)))
  return own.map((ca) => [targetCa, ca.certificate, ...large.map(({ certificate }) => certificate)].join(''))
}
