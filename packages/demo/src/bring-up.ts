import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type IssuedCertificate, startTestTarget, type TargetHandler, type TestTarget } from '@mtls-gateway/test-kit'
import { Bank } from './bank.ts'
import { bearerToken } from './bearer-token.ts'
import { expectSignIn } from './console-sign-in.ts'
import { takeDataDirectory } from './data-directory.ts'
import { type DemoFile, demoFilePath } from './demo-file.ts'
import { errorCode } from './error-text.ts'
import { happyFlow } from './happy-flow.ts'
import { issuersFile } from './issuers-file.ts'
import { type KeptDemo, readKeptDemo, writeKeptDemo } from './kept-demo.ts'
import { demoNames } from './leftovers.ts'
import { type ChosenPorts, choosePorts, inUse, targetPort } from './ports.ts'
import { addScenery } from './scenery.ts'
import { consoleEnvironment, extraCas, serviceEnvironment } from './service-environment.ts'
import type { Addresses, ServiceName, ServiceProcess } from './service-process.ts'
import type { Services } from './services.ts'
import type { StepResult, Steps } from './steps.ts'

const accountId = 'le123'
const serviceName = 'IDP'
const daysLeft = 9
const dayMs = 86_400_000
const tenantScopes = 'mtls:read mtls:write'

/** What there is before the services start. */
export interface Ground {
  readonly target: TestTarget
  /** What the target answers. */
  readonly bank: Bank
  /** A client certificate that the target takes, and that expires soon. */
  readonly identity: IssuedCertificate
  /** For the services and the scripts beside them. */
  readonly environment: NodeJS.ProcessEnv
  /** Usual ports that the services cannot have. */
  readonly taken: ChosenPorts['taken']
  /** Left by the previous demo in the same data directory. */
  readonly kept: KeptDemo | undefined
  /** Gives up the target's port and the data directory. */
  close(): Promise<void>
}

export async function prepare(user: NodeJS.ProcessEnv, dataDir: string): Promise<StepResult<Ground>> {
  await using opened = new AsyncDisposableStack()
  opened.adopt(await takeDataDirectory(dataDir), (lock) => lock.release())
  const kept = await readKeptDemo(dataDir)
  const wanted = targetPort(user, kept)
  const bank = new Bank()
  const target = opened.adopt(await startTarget(wanted, bank.handler), (started) => started.close())
  const ports = await choosePorts(user)
  const identity = await target.clientCa.issue({
    commonName: demoNames.expiring,
    organization: 'Demo',
    extendedKeyUsage: ['clientAuth'],
    // An hour later, so that what counts whole days says as many.
    notAfter: new Date(Date.now() + daysLeft * dayMs + 3_600_000),
  })
  const extraCaFile = join(dataDir, 'demo-target-ca.pem')
  await writeFile(extraCaFile, await extraCas(user, target.ca))
  const issuers = join(dataDir, 'demo-issuers.json')
  await writeFile(issuers, await issuersFile(user))
  const facts = { dataDir, targetPort: target.port, extraCaFile, issuersFile: issuers }
  const environment = serviceEnvironment({ ...user, ...ports.environment }, facts)
  const resources = opened.move()
  return {
    result: `${target.url}, with fresh CAs${inUse(wanted === 0 || wanted === target.port ? [] : [wanted])}`,
    value: { target, bank, identity, environment, taken: ports.taken, kept, close: () => resources.disposeAsync() },
  }
}

/** On another port where this one is in use. */
async function startTarget(port: number, handler: TargetHandler): Promise<TestTarget> {
  try {
    return await startTestTarget({ port, handler })
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') throw error
    return startTestTarget({ handler })
  }
}

export interface BringUpOptions {
  readonly steps: Steps
  readonly ground: Ground
  readonly services: Services
  readonly dataDir: string
  readonly adminEntry: string
}

/** From nothing but its ground to a demo that answers. @throws whatever made a step fail */
export async function bringUp({ steps, ground, services, dataDir, adminEntry }: BringUpOptions): Promise<DemoFile> {
  const { target, bank, identity, environment, taken, kept } = ground
  const notUsual = (...names: readonly ServiceName[]) => inUse(names.flatMap((name) => taken.get(name) ?? []))
  const [configApi, forwarderApi] = await steps.run('config-api and forwarder-api started', async () => {
    const addresses = await listening([
      services.start('config-api', environment),
      services.start('forwarder-api', environment),
    ])
    const urls = addresses.map(({ url }) => url).join(' and ')
    return { result: `${urls}${notUsual('config-api', 'forwarder-api')}`, value: addresses }
  })
  const console = services.start(
    'console',
    consoleEnvironment(environment, { configApiUrl: configApi.url, forwarderApiUrl: forwarderApi.url }),
  )
  // It starts while tokens are issued; if that fails, nobody asks what became of it.
  console.listening.catch(() => {})
  // The file of a demo that was killed: whoever waits for ours must not read it.
  await rm(demoFilePath(dataDir), { force: true })
  const tokens = await steps.run('Bearer tokens issued', async () => {
    const issue = (scope: string) => bearerToken({ entry: adminEntry, env: environment, account: accountId, scope })
    const [tenant, admin] = await Promise.all([issue(tenantScopes), issue(`${tenantScopes} mtls:admin forward`)])
    return { result: `for a tenant and an administrator of ${accountId}`, value: { tenant, admin } }
  })
  const { url: consoleUrl, managementUrl } = await steps.run('console started', async () => {
    const addresses = await console.listening
    return { result: `${addresses.url}${notUsual('console')}`, value: addresses }
  })
  const facts = {
    configApi: configApi.url,
    forwarderApi: forwarderApi.url,
    console: consoleUrl,
    accountId,
    bearerToken: tokens.admin,
    serviceName,
    targetUrl: `${target.url}/demo`,
  }
  const appKey = await happyFlow({
    ...facts,
    ...{ steps, target, bank, identity, keptAppKey: kept?.appKey },
    ...{ tenantToken: tokens.tenant, adminToken: tokens.admin },
  })
  await writeKeptDemo(dataDir, { targetPort: target.port, appKey })
  await steps.run('examples added', () => addScenery({ ...facts, target, tenantToken: tokens.tenant, appKey }))
  await steps.run('console signs in', () => expectSignIn(consoleUrl, tokens.admin, accountId), 'console')
  const metrics = [configApi.managementUrl, forwarderApi.managementUrl, managementUrl].map((url) => `${url}/metrics`)
  return { ...facts, ...appKey, metrics, targetCa: target.ca }
}

/** Waits for both whatever becomes of either, so that two busy ports are told of at once. */
async function listening(
  services: readonly [ServiceProcess, ServiceProcess],
): Promise<readonly [Addresses, Addresses]> {
  const [config, forwarder] = await Promise.allSettled([services[0].listening, services[1].listening])
  if (config.status === 'fulfilled' && forwarder.status === 'fulfilled') {
    return [config.value, forwarder.value]
  }
  const reasons = [config, forwarder].flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  throw new Error(reasons.map((reason) => reason.message).join('\n'))
}
