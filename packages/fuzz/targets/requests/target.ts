import { EmbeddedBackends } from '../../../e2e/test/support/embedded-backends.ts'
import { serviceEnv } from '../../../e2e/test/support/service-env.ts'
import { System } from '../../../e2e/test/support/system.ts'
import { magnitude } from '../../engine/magnitude.ts'
import { seededRandom, seedOf } from '../../engine/random.ts'
import type { FuzzTarget, OpenTarget, Verdict } from '../../engine/target.ts'
import { Arrivals, baseOfTarget } from './arrivals.ts'
import { exchange } from './exchange.ts'
import { Forwarder } from './forwarder.ts'
import { generateRequests, requests as wholeRequests, words } from './grammar.ts'
import { RecordingTarget } from './recording-target.ts'
import { type Filled, fill, type Meaning } from './template.ts'

const override = 'override-0d5c27b1e4f8'
const checkEvery = 25

/** Raw bytes to a running forwarder, whose target reports what arrives: only what a caller signed, each once. */
export const requests: FuzzTarget = {
  name: 'requests',
  dictionary: words,
  seeds: () => [...wholeRequests, wholeRequests.slice(0, 4).join('')].map((text) => Buffer.from(text, 'latin1')),
  generate: generateRequests,
  batch: 8,
  maxBytes: 20_000,
  open: async (): Promise<OpenTarget> => {
    const recording = await RecordingTarget.start()
    const options = { targets: [recording.target] }
    const system = await System.start({ ...options, configApiOnly: true })
    const tenant = await system.newTenant()
    const key = await tenant.newAppKey(['forward'])
    const identity = await recording.target.clientCa.issue({ commonName: 'fuzz' })
    const { mapping } = await tenant.onboard(identity, `${recording.target.url}${baseOfTarget}*`)
    await system.stopConfigApi()
    const env = serviceEnv('forwarder-api', system.directory, new EmbeddedBackends(system.directory), options)
    const forwarder = await Forwarder.start(env, [key.appSecret, override, 'oauth_signature'])
    const meaning = {
      base: forwarder.url,
      path: tenant.forwardPath,
      basePath: tenant.pathTo(mapping),
      ...key,
      targetUrl: recording.target.url,
      override,
    }
    const arrivals = new Arrivals()
    let [cases, batches] = [0, 0]
    let unhealthy: string | undefined
    return {
      notes: [],
      run: async (inputs, begin) => {
        const verdicts = await Promise.all(
          inputs.map((input, index) => {
            begin(index)
            cases += 1
            return attempt(input, meaning, cases)
          }),
        )
        if (batches++ % checkEvery === 0 || unhealthy !== undefined) unhealthy = await forwarder.check(cases)
        const sent = verdicts.map(({ filled }) => filled)
        const fault = arrivals.faultOf(recording.take(), sent) ?? forwarder.fault ?? unhealthy
        return fault === undefined ? verdicts : verdicts.map(() => ({ finding: fault }))
      },
      close: async () => {
        await forwarder.stop()
        await system.stop()
        await recording.target.close()
      },
    }
  },
}

interface Attempt extends Verdict {
  readonly filled: Filled
}

async function attempt(input: Buffer, meaning: Meaning, number: number): Promise<Attempt> {
  const filled = fill(input, meaning, number)
  const text = await exchange(meaning.base, filled.bytes, seededRandom(seedOf(input)))
  if (text === undefined) return { filled, finding: 'a connection is neither answered nor closed' }
  const answered = [...text.matchAll(/^x-token: (\S+)\r$/gim)].map(([, token = '']) => filled.tokens.indexOf(token))
  const isInOrder = answered.every((place, at) => place >= 0 && place > (answered[at - 1] ?? -1))
  if (!isInOrder) return { filled, finding: `answers are not those to the requests, in their order: ${answered}` }
  if (!isAnswerTo(filled.bytes.toString('latin1'), text))
    return { filled, finding: `it answers ${JSON.stringify(text.slice(0, 200))}` }
  const codes = [...text.matchAll(/HTTP\/1\.1 (\d{3})|"code":"(\w+)"/g)].map((found) => found.slice(1).join(''))
  if (codes.includes('INTERNAL_ERROR'))
    return { filled, finding: 'a caller can make the gateway fail (INTERNAL_ERROR)' }
  // Without the parts that belong to this case alone, which are names and numbers.
  const details = [...text.matchAll(/"detail":"([^"]*)"/g)].map(([, detail = '']) =>
    detail.replace(/\d+|\b[\w-]+-[\w-]+\b/g, ''),
  )
  return { filled, features: [`${magnitude(codes.length)} answers`, ...codes, ...details] }
}

/** The beginning of a connection of HTTP/2 (RFC 9113 section 3.4) is refused by a frame GOAWAY, and nothing else is. */
function isAnswerTo(sent: string, answer: string): boolean {
  if (answer === '' || answer.startsWith('HTTP/1.1 ')) return true
  return /^[\r\n]*PRI /.test(sent) && answer.includes('Switch HTTP/2 off')
}
