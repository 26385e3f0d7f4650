import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type HostileAnswer, startHostileNodeTarget, startLongHandshakes } from '../fairness/hostile-node-target.ts'
import { type Latencies, operateFor } from '../fairness/latencies.ts'
import type { MeasuredPool } from '../fairness/measured-pools.ts'
import type { PoolMeasurement, PreparedMeasurement, Stage } from '../fairness/measurement.ts'
import { type PoolState, poolState } from '../fairness/pool-state.ts'
import { measurements } from '../fairness/pools/catalogue.ts'
import { highestQuantile, quantileOf } from '../fairness/quantile.ts'
import { startWebhook } from '../fairness/webhook.ts'
import { type GatewayServices, ownCheckout, startGatewayServices } from '../gateway/gateway-services.ts'
import { cores, runWhenIdle } from '../machine/cores.ts'
import { startEdge } from '../machine/edge.ts'
import type { ShareResult } from '../report/share-result.ts'
import { type BenchTarget, startBenchTarget } from '../target/bench-target.ts'
import { openHangingSink } from '../target/hanging-sink.ts'
import type { BenchContext } from './bench-context.ts'

export interface MeasuredShare {
  readonly result: ShareResult
  /** The first operation that was not done, in the service's words. */
  readonly firstFailure: string | undefined
}

/** Until everything is loaded, compiled, connected and cached. */
const warmUpSeconds = 1
const worstWithinMs = 30_000
/**
 * The attack goes on for so long before the others are measured: until then circuits and budgets may be finding out,
 * and no block of the event loop may be long.
 */
const settlingSeconds = 5
/** Work begun for a client that has gone still runs to its end. */
const overWithinMs = 120_000

/** Measures rounds of calm and attack in turn, on a gateway that has nothing else to do. */
export async function measurePool(context: BenchContext, measured: MeasuredPool): Promise<MeasuredShare> {
  await using opened = new AsyncDisposableStack()
  context.steps.expect(1)
  context.steps.next(`${measured}: start a gateway`)
  const [pool = '', service] = measured.split(' of ')
  const stage = await setTheStage(context, opened, service === 'config-api', measurements[measured])
  const prepared = await measurements[measured].prepare(stage)
  const { managementUrl } = service === 'config-api' ? stage.services.configApi : stage.services.forwarder
  const { stateOf = pool } = measurements[measured]
  const state = () => poolState(managementUrl, stateOf)
  const [calm, attacked, settling] = [noLatencies(), noLatencies(), noLatencies()]
  const atWorst: PoolState[] = []
  let [refused, firstBlockMs] = [0, 0]
  await operateFor(warmUpSeconds, prepared, noLatencies())
  for (let round = 1; round <= context.rounds; round++) {
    context.steps.next(`${measured}: calm, round ${round} of ${context.rounds}`)
    await operateFor(context.seconds, prepared, calm)
    context.steps.next(`${measured}: attacked, round ${round} of ${context.rounds}`)
    const before = await state()
    const attack = await prepared.begin()
    const settled = performance.now() + settlingSeconds * 1_000
    try {
      const worst = await untilWorst(state, before, prepared)
      await operateFor((settled - performance.now()) / 1_000, prepared, settling)
      const settledState = await state()
      firstBlockMs = Math.max(firstBlockMs, worst.latestMs, settledState.latestMs)
      atWorst.push(worst, settledState)
      await operateFor(context.seconds, prepared, attacked)
      atWorst.push(await state())
    } catch (cause) {
      const answered = JSON.stringify(await attack.stop())
      throw new Error(`${cause instanceof Error ? cause.message : cause}; answers: ${answered}`, { cause })
    }
    await attack.stop()
    refused += (await untilOver(state, before, prepared)).refused - before.refused
  }
  const { name, part } = highestQuantile(Math.min(calm.ms.length, attacked.ms.length))
  const failures = [...calm.failures, ...settling.failures, ...attacked.failures]
  const most = (figure: 'inUse' | 'waiting') => Math.max(...atWorst.map((each) => each[figure]))
  return {
    result: {
      pool: measured,
      operation: measurements[measured].operation,
      attack: measurements[measured].attack,
      quantile: name,
      calmMs: quantileOf(calm.ms, part),
      attackedMs: quantileOf(attacked.ms, part),
      calmMedianMs: quantileOf(calm.ms, 0.5),
      attackedMedianMs: quantileOf(attacked.ms, 0.5),
      samples: { calm: calm.ms.length, attacked: attacked.ms.length },
      firstBlockMs,
      failures: failures.length,
      attacker: { inUse: most('inUse'), waiting: most('waiting'), refused },
    },
    firstFailure: failures[0],
  }
}

function noLatencies(): Latencies {
  return { ms: [], failures: [] }
}

/** Where config-api is measured it has both cores, as its child processes are a part of it. */
async function setTheStage(
  { directory, target }: BenchContext,
  opened: AsyncDisposableStack,
  isConfigApi: boolean,
  { env, isThroughEdge = false }: PoolMeasurement,
): Promise<Stage> {
  const webhook = opened.adopt(await startWebhook(), (server) => server.close())
  const hostileTarget = await startHostileTarget(directory, opened)
  const startNodeTarget = async (answer: HostileAnswer) =>
    opened.adopt(await startHostileNodeTarget(answer, hostileTarget), (started) => started.stop())
  const smallRecords = await startNodeTarget('small records')
  const earlyHints = await startNodeTarget('early hints')
  const closing = await startNodeTarget('end')
  const longHandshakes = opened.adopt(await startLongHandshakes(), (started) => started.stop())
  const started = await startGatewayServices({
    directory: await mkdtemp(join(directory, 'fairness-')),
    targetCa: target.ca + hostileTarget.ca + webhook.ca + longHandshakes.ca,
    targetPorts: [target, hostileTarget, smallRecords, earlyHints, closing, longHandshakes, webhook]
      .map(({ port }) => port)
      .join(),
    // The ordinary throttle: the attacker has an address of its own.
    env: { THROTTLE_PER_SECOND: '150', ...(isThroughEdge && { TRUSTED_PROXIES: '127.0.0.1' }), ...env },
    ...(isConfigApi && { configApiCores: cores.all }),
  })
  opened.adopt(started, ({ stop }) => stop())
  const services = isThroughEdge ? await behindEdge(started, directory, opened) : started
  if (!isConfigApi) runWhenIdle(services.configApi.pid)
  return { services, target, hostileTarget, smallRecords, earlyHints, closing, longHandshakes, webhook, opened }
}

/** The same services, whose forwarder is called through the edge. */
async function behindEdge(
  services: GatewayServices,
  directory: string,
  opened: AsyncDisposableStack,
): Promise<GatewayServices> {
  const { forwarder } = services
  const own = await mkdtemp(join(directory, 'edge-'))
  const edge = await startEdge({ checkout: ownCheckout, directory: own, forwarderUrl: forwarder.url })
  opened.adopt(edge, (server) => server.stop())
  return { ...services, forwarder: { ...forwarder, url: edge.url } }
}

async function startHostileTarget(directory: string, opened: AsyncDisposableStack): Promise<BenchTarget> {
  const target = await startBenchTarget({ directory: await mkdtemp(join(directory, 'hostile-')), whenIdle: true })
  opened.adopt(target, (server) => server.stop())
  opened.defer(await openHangingSink(target))
  return target
}

async function untilWorst(
  state: () => Promise<PoolState>,
  before: PoolState,
  { isAtWorst = (now) => now.waiting > 0 || now.refused > before.refused }: PreparedMeasurement,
): Promise<PoolState> {
  return until(state, (now) => isAtWorst(now, before), worstWithinMs, 'the attack did not get as far as it should')
}

async function untilOver(
  state: () => Promise<PoolState>,
  before: PoolState,
  { isOver = ({ inUse, waiting }) => waiting === 0 && inUse <= before.inUse }: PreparedMeasurement,
): Promise<PoolState> {
  return until(state, isOver, overWithinMs, 'what the attack has begun does not end')
}

async function until(
  state: () => Promise<PoolState>,
  isReached: (state: PoolState) => boolean,
  withinMs: number,
  complaint: string,
): Promise<PoolState> {
  const end = performance.now() + withinMs
  let latestMs = 0
  for (;;) {
    const now = await state()
    latestMs = Math.max(latestMs, now.latestMs)
    if (isReached(now)) return { ...now, latestMs }
    if (performance.now() > end) throw new Error(`${complaint}: ${JSON.stringify(now)}`)
    await setTimeout(100)
  }
}
