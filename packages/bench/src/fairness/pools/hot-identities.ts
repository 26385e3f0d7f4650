import { createCa } from '@mtls-gateway/test-kit'
import { floodOfForwards, smallForward, smallForwards } from '../forwards.ts'
import type { PoolMeasurement, Stage } from '../measurement.ts'
import { newTenant, type Tenant } from '../tenants.ts'

/** The PEM of a CA has at most 16 KiB, and its name is in it twice. */
const longName = 5_500

/** Measures either thing that a caller takes: memory, or the time to read its CAs. */
const prepare = (certificates: number, lists: number) => async (stage: Stage) => {
  const quiet = await newTenant(stage, 'quiet', ['small'])
  const hostile = await newTenant(stage, 'hostile', [], stage.hostileTarget)
  const urls = [
    ...(await mappedCertificates(stage, hostile, certificates)),
    ...(await mappedTrusts(stage, hostile, lists)),
  ]
  return {
    perSecond: 75,
    operate: smallForwards(stage, quiet),
    begin: async () => floodOfForwards(stage, hostile, urls, 64),
    // What calls leave behind is kept for the next ones.
    isOver: () => true,
  }
}

export const hotIdentities: PoolMeasurement = {
  operation: smallForward,
  attack: 'calls in turn with 300 certificates, where it has room for 100',
  env: { MAX_HOT_IDENTITIES: '200' },
  prepare: prepare(300, 0),
}

export const tlsContexts: PoolMeasurement = {
  operation: smallForward,
  attack: 'calls in turn with 60 different lists of ten CAs, as large as they may be',
  stateOf: 'hot-identities',
  env: { MAX_HOT_IDENTITIES: '200' },
  prepare: async (stage) => ({ ...(await prepare(0, 60)(stage)), isAtWorst: () => true }),
}

async function mappedCertificates(
  { hostileTarget: target }: Stage,
  { account }: Tenant,
  count: number,
): Promise<readonly string[]> {
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

async function mappedTrusts(
  { hostileTarget: target }: Stage,
  hostile: Tenant,
  count: number,
): Promise<readonly string[]> {
  const urls: string[] = []
  for (const list of await trustLists(target.ca, count)) {
    const name = `trust-${urls.length}`
    const mapping = { name, url: `${target.url}/${name}`, certificationId: hostile.certificateId }
    await hostile.account.addMappings([{ ...mapping, targetTrust: { caCertificates: list } }])
    urls.push(mapping.url)
  }
  return urls
}

/** Lists that differ in one CA, so that each needs a TLS context of its own. */
async function trustLists(targetCa: string, count: number): Promise<readonly string[]> {
  const named = (name: string) => createCa({ name })
  const large = await Promise.all(Array.from({ length: 8 }, (_, n) => named(`${n}`.padEnd(longName, 'x'))))
  const own = await Promise.all(Array.from({ length: count }, (_, n) => named(`CA ${n}`)))
  return own.map((ca) => [targetCa, ca.certificate, ...large.map(({ certificate }) => certificate)].join(''))
}
