import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@mtls-gateway/test-kit'
import { startGatewayServices } from '../gateway/gateway-services.ts'
import { CallSigner } from '../load/call-signer.ts'
import { requestHead } from '../load/request-head.ts'
import { runLoad } from '../load/wrk.ts'
import { cores } from '../machine/cores.ts'
import { processUsage } from '../machine/process-usage.ts'
import { startServer } from '../machine/server-process.ts'
import { median } from '../report/result.ts'
import { atMost } from '../report/verdict.ts'
import { type Subject, type SubjectOptions, smallCall } from '../subject.ts'
import { onboard } from '../subjects/gateway.ts'
import { issueCertificates } from '../subjects/start-subjects.ts'
import { openHangingSink } from '../target/hanging-sink.ts'
import type { Scenario } from './bench-context.ts'

const mostOfCall = 0.33
const connections = 64
/** An account may have 200 calls in flight, and 200 more may wait. Who comes then is refused at once. */
const connectionsOfHanging = 400 + connections
/** Each sends less than the throttle allows. */
const addresses = 2_000
/** Connections are opened. Also, what is signed before the second in which a forwarder started is refused. */
const warmUpSeconds = 2

/** Other measurements set these. */
const asByDefault = {
  LOG_LEVEL: 'info',
  THROTTLE_PER_SECOND: '150',
  INTROSPECTION_URL: '',
  INTROSPECTION_CLIENT_ID: '',
  INTROSPECTION_CLIENT_SECRET: '',
}

/** What is sent, and whether it is refused. */
interface Request {
  readonly name: string
  readonly to: Pick<Subject, 'url' | 'pid'>
  readonly path: string
  readonly fields: () => Readonly<Record<string, string>>
  readonly isRefused: boolean
  readonly connections?: number
}

/**
 * What a refusal costs beside a call, in both services with their defaults behind a proxy: every call has a log line,
 * and callers have many addresses, which the proxy names.
 */
export const refusals: Scenario = async (context) => {
  const { rounds, seconds, steps, target } = context
  await using opened = new AsyncDisposableStack()
  const directory = join(context.directory, 'refusals')
  await mkdir(directory)
  opened.defer(await openHangingSink(target))
  steps.expect(1)
  steps.next('start both services')
  const services = opened.adopt(
    await startGatewayServices({
      directory,
      targetCa: target.ca,
      targetPorts: String(target.port),
      env: { ...asByDefault, TRUSTED_PROXIES: '127.0.0.1' },
      configApiCores: cores.subject,
    }),
    (running) => running.stop(),
  )
  const options: SubjectOptions = {
    directory,
    target: { ...target, address: '127.0.0.1' },
    identities: 1,
    identitiesAnAccount: 1,
    certificates: await issueCertificates(directory, target, 1),
  }
  const [caller] = await onboard(services.api, options)
  if (caller === undefined) throw new Error('there is no account')
  await caller.account.addMappings([
    { name: 'hang', url: `${target.url}/hang`, certificationId: caller.certificateIds[0] ?? 0 },
  ])
  const port = await freePort()
  const hello = opened.adopt(
    await startServer({
      command: process.execPath,
      args: [fileURLToPath(new URL('../../peers/hello.ts', import.meta.url))],
      core: cores.subject,
      port,
      env: { NODE_ENV: 'production', PORT: String(port) },
    }),
    (server) => server.stop(),
  )
  const { forwarder, configApi } = services
  const path = `/mtls/account/${caller.account.id}`
  const signed = (appKey: string, appSecret: string) => {
    const signer = new CallSigner({ appKey, appSecret, url: forwarder.url + path })
    return () => ({ Authorization: signer.sign('GET', Math.floor(Date.now() / 1_000)) })
  }
  const genuine = signed(caller.key.appKey, caller.key.appSecret)
  const wrong = signed(caller.key.appKey, 'wrong')
  const unknown = signed(`${caller.account.id}.${randomBytes(33).toString('base64url')}`, 'unknown')
  const invented = () => ({ Authorization: `Bearer ${randomBytes(32).toString('base64url')}` })
  const call = (name: string, fields: Request['fields'], more: Partial<Request> = {}, below = '0/small'): Request => ({
    name,
    to: forwarder,
    path,
    fields: () => ({
      'X-Forwarded-For': someAddress(),
      'LP-forward-url': `${target.url}/${below}`,
      'LP-service-name': 'IDP',
      ...fields(),
    }),
    isRefused: true,
    ...more,
  })
  const list = (name: string, fields: Request['fields']): Request => ({
    name,
    to: configApi,
    path: `${path}/certificates`,
    fields: () => ({ 'X-Forwarded-For': someAddress(), ...fields() }),
    isRefused: true,
  })
  const none = () => ({})
  const oneAddress = () => ({ 'X-Forwarded-For': '192.0.2.1' })
  const requests: readonly Request[] = [
    call('a call', genuine, { isRefused: false }),
    {
      name: 'bare node:http',
      to: { url: `http://127.0.0.1:${port}`, pid: hello.pid },
      path: '/',
      fields: none,
      isRefused: true,
    },
    call('forwarder-api, 401: no credentials', none),
    call('forwarder-api, 401: a token, where none is accepted', invented),
    call('forwarder-api, 401: unknown app key', unknown),
    call('forwarder-api, 401: wrong signature', wrong),
    call('forwarder-api, 429: over the limit of an address', oneAddress),
    call('forwarder-api, 503: too many calls', genuine, { connections: connectionsOfHanging }, 'hang'),
    list('config-api, 401: no credentials', none),
    list('config-api, 401: unknown token', invented),
    list('config-api, 401: unknown app key', unknown),
    list('config-api, 429: over the limit of an address', oneAddress),
  ]
  steps.expect((1 + rounds) * requests.length)
  const costs = new Map<string, number[]>(requests.map(({ name }) => [name, []]))
  // The first round does not count: what few requests have gone through is not compiled yet.
  for (let round = 0; round <= rounds; round++) {
    for (const request of requests) {
      steps.next(`${request.name}, round ${round} of ${rounds}`)
      const cost = await costOf(request, seconds, directory)
      if (round > 0) costs.get(request.name)?.push(cost)
      steps.end(`${cost.toFixed(1)} us`)
    }
  }
  const medians = [...costs].map(([name, measured]) => ({ name, us: median(measured) }))
  const ofCall = medians[0]?.us ?? Number.NaN
  return {
    results: [],
    verdicts: medians
      .slice(2)
      .map(({ name, us }) => atMost(mostOfCall, `${name}, CPU of that of a call`, us / ofCall, 'x')),
    notes: medians.map(({ name, us }) => `refusals: ${name}: ${us.toFixed(1)} us of CPU`),
  }
}

/** Microseconds of CPU for each. @throws Error if it is answered otherwise than it is meant to be */
async function costOf(request: Request, seconds: number, directory: string): Promise<number> {
  const subject = subjectOf(request)
  const load = { call: smallCall, connections: request.connections ?? connections }
  await runLoad(subject, { ...load, seconds: warmUpSeconds }, directory)
  const before = processUsage(subject.pid)
  const { requests, failures } = await runLoad(subject, { ...load, seconds }, directory)
  const after = processUsage(subject.pid)
  const refused = (failures['answers from 400'] ?? 0) / requests
  // What hangs, or comes before an address is over its limit, is no refusal.
  const isAsMeant = requests > 0 && (request.isRefused ? refused >= 0.9 : refused === 0)
  if (!isAsMeant) {
    throw new Error(`${request.name}: ${failures['answers from 400'] ?? 0} of ${requests} requests were refused`)
  }
  return ((after.cpuMs - before.cpuMs) * 1_000) / requests
}

function subjectOf({ to: { url, pid }, path, fields }: Request): Subject {
  const { host } = new URL(url)
  return {
    name: 'mtls-gateway',
    url,
    pid,
    repeatable: false,
    requests: function* ({ method, bodyBytes, closes }, count) {
      for (let n = 0; n < count; n++) yield requestHead({ method, path, host, bodyBytes, closes }, fields())
    },
    stop: async () => {},
  }
}

let count = 0

function someAddress(): string {
  const n = count++ % addresses
  return `198.18.${n >> 8}.${n & 255}`
}
