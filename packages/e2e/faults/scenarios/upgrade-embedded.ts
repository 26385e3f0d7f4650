import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type EchoedRequest, startService, startTestTarget } from '@mtls-gateway/test-kit'
import type { ServiceName } from '../../test/support/backends.ts'
import { EmbeddedBackends } from '../../test/support/embedded-backends.ts'
import { root } from '../../test/support/entries.ts'
import { eventually } from '../../test/support/eventually.ts'
import { promotion, Rotation } from '../../test/support/rotation.ts'
import { serviceEnv, targetCasFile } from '../../test/support/service-env.ts'
import { lp, mustBe } from '../../test/support/tenant.ts'
import type { AppKey, Mapping } from '../../test/support/wire.ts'
import { type Release, today } from '../rollout/release.ts'
import { RolledSystem } from '../rollout/rolled-system.ts'
import { atLeast, atMost, type FaultContext, type Figure, type Scenario } from '../scenario.ts'
import { changesReachCalls } from '../upgrade/changes-reach-calls.ts'
import { buildEarlierRelease } from '../upgrade/earlier-release.ts'
import { type PublishedRelease, publishedReleases } from '../upgrade/published-releases.ts'

/** What it takes to use the data. */
interface Facts {
  readonly appKey: AppKey
  readonly certificate: number
  readonly identities: Readonly<Record<'second' | 'third', string>>
  readonly ca: string
}

type Stored = Awaited<ReturnType<typeof openStored>>

const account = 'stored'
const targetTls = { maxVersion: '1.3' }

/**
 * What each release has stored in files: that release, this one, that one and this one again run on it, one after the
 * other. Each reads what the one before has written, and makes every kind of change that calls depend on.
 */
export const upgradeEmbedded: Scenario = async (context) => {
  context.steps.expect(5 * publishedReleases.length)
  const figures: Figure[] = []
  const notes: string[] = []
  for (const release of publishedReleases) {
    const { steps, faults } = await goForthAndBack(context, release)
    const [from, unknown] = [`from ${release.version}, `, { before: undefined }]
    figures.push(atLeast(4, `${from}releases that ran on what the one before has written`, { ...unknown, now: steps }))
    figures.push(atMost(0, `${from}faults`, { ...unknown, now: faults.length }))
    notes.push(...faults)
  }
  return { figures, notes }
}

async function goForthAndBack({ opened, steps }: FaultContext, published: PublishedRelease) {
  const { version } = published
  steps.next(`building release ${version}`)
  const before = buildEarlierRelease(published)
  const source = join(root, 'packages/e2e/test/fixtures', published.data)
  const facts: Facts = JSON.parse(await readFile(join(source, 'facts.json'), 'utf8'))
  const directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-upgrade-'))
  opened.defer(() => rm(directory, { recursive: true, force: true }))
  await cp(source, directory, { recursive: true })
  const target = opened.adopt(await startTestTarget(), (server) => server.close())
  target.trustClientCa(facts.ca)
  await writeFile(targetCasFile(directory), target.ca)
  const url = `${target.url}/stored`
  const faults: string[] = []
  let ran = 0
  const on = async (release: Release, name: string, use: (stored: Stored) => Promise<void>) => {
    steps.next(name)
    try {
      await using running = await startOn(release, directory, [target])
      await use(await openStored(running.system, facts, url))
      await changesReachCalls(running.system, target, running.forwarders)
      ran++
    } catch (error) {
      faults.push(`${name}: ${error instanceof Error ? error.message : error}`)
    }
  }
  const { second, third } = facts.identities
  await on(before, version, async (stored) => {
    const entry = { certificationId: facts.certificate, serviceId: 'IDP', url, name: 'of the target' }
    await stored.tenant.map(entry)
    await stored.presents(second)
  })
  await on(today, 'this release', async (stored) => {
    await stored.presents(second)
    mustBe(200, await stored.rotation.post(promotion))
    const { id } = await stored.mapping()
    mustBe(200, await stored.tenant.api.json('PUT', stored.tenant.path(`mappings/${id}`), { targetTls }))
    await stored.presents(third)
  })
  await on(before, `${version} again`, async (stored) => {
    await stored.presents(third)
    mustBe(200, await stored.rotation.post('rollback'))
    await stored.presents(second)
  })
  await on(today, 'this release again', async (stored) => {
    await stored.presents(second)
    const kept = (await stored.mapping()).targetTls
    if (!isDeepStrictEqual(kept, targetTls)) throw new Error(`targetTls has become ${JSON.stringify(kept)}`)
  })
  return { steps: ran, faults }
}

/** The account that is in the data, at whatever release runs on it. */
async function openStored(system: RolledSystem, { appKey, certificate }: Facts, url: string) {
  const tenant = await system.newTenant(account)
  const caller = system.toForwarderApi({ oauth1: appKey })
  const mapping = async (): Promise<Mapping> => {
    const { body } = await tenant.api.json<readonly Mapping[]>('GET', tenant.path('mappings'))
    const found = body.find((each) => each.url === url)
    if (found === undefined) throw new Error(`there is no mapping of ${url}`)
    return found
  }
  const presents = (fingerprint: string) =>
    eventually(
      () => caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, lp(url)),
      ({ status, body }) => status === 200 && body.clientCertificate?.fingerprint256 === fingerprint,
    )
  return { tenant, rotation: new Rotation(tenant, certificate), mapping, presents }
}

/** Both services of a release on the files in a directory, until they are disposed of: they have to stop cleanly. */
async function startOn(release: Release, directory: string, targets: readonly { readonly ca: string }[]) {
  await using opened = new AsyncDisposableStack()
  const backends = new EmbeddedBackends(directory)
  const start = async (service: ServiceName) => {
    const env = serviceEnv(service, directory, backends, { targets })
    const running = await startService({ entry: release.entries[service], env })
    opened.defer(async () => {
      const code = await running.stop()
      if (code !== 0) throw new Error(`${service} ended with ${code}: ${running.output.slice(-2_000)}`)
    })
    return {
      ready: [running],
      get output() {
        return running.output
      },
    }
  }
  const fleets = { forwarderApi: await start('forwarder-api'), configApi: await start('config-api') }
  const system = opened.use(await RolledSystem.open(backends, fleets))
  const all = opened.move()
  return { system, forwarders: fleets.forwarderApi.ready, [Symbol.asyncDispose]: () => all.disposeAsync() }
}
