import { setTimeout } from 'node:timers/promises'
import { parseAccountId } from '@mtls-gateway/domain'
import { isDeadReusedConnection, TargetGuard, UpstreamPools } from '@mtls-gateway/outbound'
import { withinOwnTime } from '../../engine/own-time.ts'
import type { Verdict } from '../../engine/target.ts'
import { Call, type CallEnd } from './call.ts'
import { HostileTarget, type TargetCredentials } from './hostile-target.ts'
import { Script } from './script.ts'

const identity = { accountId: parseAccountId('le123') }
const guard = new TargetGuard({ allowCidrs: ['127.0.0.0/8'], ports: 'any' })
/** Short, so that a target that never answers costs little. A late answer is refused, which is right too. */
const limitMs = 100
/** Time for everything that must come to an end, on a busy machine. */
const deadlineMs = 15_000
const methods = ['GET', 'GET', 'POST', 'HEAD']
/** For a caller that does nothing special. */
const patient = new Script(Buffer.alloc(0))
let scenes = 0

/** Some calls to a target that does what the input says, then two to the same one, which has become polite. */
export async function play(input: Buffer, credentials: TargetCredentials & { readonly ca: string }): Promise<Verdict> {
  const script = new Script(input)
  const scene = ++scenes
  const times = { headersTimeoutMs: limitMs, bodyTimeoutMs: limitMs }
  const settings = { connectionsPerTarget: 1 + script.next(4), maxIdentities: 4, ...times }
  const upstreams = new UpstreamPools({ guard, extraCa: [credentials.ca], settings })
  const target = await HostileTarget.start(script, credentials)
  let isPolite = false
  const send = async (token: string, method: string): Promise<CallEnd | undefined> => {
    const call = new Call(isPolite ? patient : script)
    const body = method === 'POST' ? Buffer.from('a body') : null
    const pool = upstreams.acquire(identity, `https://127.0.0.1:${target.port}`)
    pool.send({ method, path: `/${token}`, headers: [], body }, call)
    return withinOwnTime(call.ended, deadlineMs)
  }
  try {
    const ends: (readonly [token: string, method: string, end: CallEnd | undefined])[] = []
    for (let round = 1 + script.next(3); round > 0; round--) {
      const calls = Array.from({ length: 1 + script.next(6) }, async (_, index) => {
        const [token, method] = [`t-${scene}-${round}-${index}`, methods[script.next(4)] ?? 'GET']
        ends.push([token, method, await send(token, method)])
      })
      await Promise.all(calls)
      if (ends.some(([, , end]) => end === undefined)) break
    }
    const faults = ends.flatMap((each) => faultOf(target, ...each) ?? [])
    if (faults[0] !== undefined) return { finding: faults[0] }
    target.becomePolite()
    isPolite = true
    for (const each of ['x', 'y']) faults.push(...(await politeFault(`t-${scene}-polite-${each}`, target, send)))
    await upstreams.destroy()
    faults.push(...(await leftOf(target, upstreams)))
    const features = [
      ...target.done,
      ...ends.map(([token, , end]) => `${target.promised.get(token)} ${end?.error?.message}`),
    ]
    return faults[0] === undefined ? { features } : { finding: faults[0] }
  } finally {
    target.close()
  }
}

function faultOf(target: HostileTarget, token: string, method: string, end: CallEnd | undefined): string | undefined {
  if (end === undefined) return 'a call has no end'
  const { error, body, fault } = end
  const promised = target.promised.get(token)
  if (fault !== undefined || promised === 'unsure') return fault
  // The script may have spelled `t-stolen` itself.
  const foreign = promised === 'any' ? /t-\d[\w-]*/g : /t-(?:\d[\w-]*|stolen)/g
  const others = body.match(foreign)?.filter((each) => !token.startsWith(each)) ?? []
  if (others.length > 0) return `a call got what was not its own: ${JSON.stringify(body)}`
  if (error !== undefined) return undefined
  const isWhole = body === (method === 'HEAD' ? '' : token)
  if (promised === undefined) return 'a call that never came has an answer'
  if (promised === 'failure') return 'a call has an answer that was cut'
  if (promised === 'exact' && !isWhole) return `a call has another answer than it was given: ${JSON.stringify(body)}`
  return promised === 'part' && !token.startsWith(body)
    ? `an answer is no part of itself: ${JSON.stringify(body)}`
    : undefined
}

/** Connections from before may be dead or as hostile as ever: each can fail one call. */
async function politeFault(
  token: string,
  target: HostileTarget,
  send: (token: string, method: string) => Promise<CallEnd | undefined>,
): Promise<string[]> {
  for (let tries = 0; tries < 20; tries++) {
    const end = await send(`${token}-${tries}`, 'GET')
    if (end === undefined) return ['a call to a polite target has no end']
    if (end.body === `${token}-${tries}` && end.error === undefined) return []
    if (end.error === undefined && !target.hasUnsure)
      return [`a polite target's answer is another one: ${JSON.stringify(end.body)}`]
    if (end.error !== undefined && !isDeadReusedConnection(end.error) && tries > 10)
      return [`a polite target is not reached: ${end.error.message}`]
  }
  return ['a polite target is not reached']
}

async function leftOf(target: HostileTarget, upstreams: UpstreamPools): Promise<string[]> {
  for (let waits = 0; target.connections > 0 && waits < deadlineMs / 2; waits++) await setTimeout(2)
  const pools = upstreams.identities.all().flatMap(({ targets }) => targets)
  const left = [target.connections, ...pools.flatMap((pool) => Object.values(pool.counts()))]
  return left.some((each) => each > 0) ? [`connections are left when all is over: ${left}`] : []
}
