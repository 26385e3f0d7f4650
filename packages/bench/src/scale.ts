import { ProgressBar, table } from '@mtls-gateway/terminal'
import { type ScaleArguments, scaleArguments, usage } from './scale/arguments.ts'
import { type BenchGateway, withGateway } from './scale/bench-gateway.ts'
import { farAwayMs } from './scale/counting-proxy.ts'
import { type ColdCall, measureColdCall, measureHotIdentities, measureLists } from './scale/measurements.ts'
import { onboard } from './scale/onboarding.ts'
import { Pace } from './scale/pace.ts'
import { planAccounts } from './scale/plan.ts'

/** Below the throttle of 150, which counts exactly. */
const callsPerSecond = 140

async function measure(gateway: BenchGateway, size: ScaleArguments, bar: ProgressBar) {
  const signal = AbortSignal.timeout(size.minutes * 60_000)
  const began = performance.now()
  const onboarded = await onboard({
    gateway,
    accounts: planAccounts(size),
    pace: new Pace(callsPerSecond, signal),
    onProgress: (certificates, mappings) =>
      bar.show(
        certificates + mappings,
        size.certificates + size.mappings,
        `${certificates} certificates, ${mappings} mappings`,
      ),
  })
  const onboardingSeconds = (performance.now() - began) / 1_000
  // Accounts are done in any order; the first planned one is the large one, and the longest.
  const accounts = onboarded.toSorted((one, other) => other.mappings - one.mappings)
  const [large, ...others] = accounts
  if (large === undefined) throw new Error('there is no account')
  const lists = await measureLists(gateway, large)
  const coldCall = await measureColdCall(gateway, others.at(-1) ?? large)
  const coldCallOfLarge = await measureColdCall(gateway, large)
  const hot = await measureHotIdentities({
    gateway,
    accounts,
    pace: new Pace(callsPerSecond, signal),
    onProgress: (called, total) => bar.show(called, total, `${called} of ${total} identities called`),
  })
  return {
    onboardingSeconds,
    large: { certificates: large.certificates, mappings: large.mappings },
    lists,
    coldCall,
    coldCallOfLarge,
    hot,
  }
}

type Measured = Awaited<ReturnType<typeof measure>>

function text({ store, accounts, certificates, mappings }: ScaleArguments, measured: Measured): string {
  const { onboardingSeconds, large, lists, coldCall, coldCallOfLarge, hot } = measured
  const ms = (value: number) => `${value.toFixed(0)} ms`
  const away = store === 'vault' ? `, the store ${farAwayMs} ms away` : ''
  const cold = ({ ms: took, reads }: ColdCall) =>
    reads === undefined ? ms(took) : `${ms(took)}, ${reads.reads} reads in ${reads.roundTrips} round trips`
  return table(
    [`${store}: ${accounts} accounts, ${certificates} certificates, ${mappings} mappings`, ''],
    [
      ['onboarded through the API in', `${onboardingSeconds.toFixed(1)} s`],
      [`certificates of the account with ${large.certificates}, listed in at most`, ms(lists.certificates)],
      [`mappings of the account with ${large.mappings}, listed in at most`, ms(lists.mappings)],
      [`cold call of a small account${away}`, cold(coldCall)],
      [`cold call of the large account${away}`, cold(coldCallOfLarge)],
      ['forwarder, resident before', `${hot.beforeMiB.toFixed(0)} MiB`],
      [`forwarder, resident with ${hot.identities} hot identities`, `${hot.afterMiB.toFixed(0)} MiB`],
    ],
  )
}

async function scale(args: readonly string[], environment: NodeJS.ProcessEnv, bar: ProgressBar): Promise<string> {
  const size = scaleArguments(args, environment)
  if (size.help) return usage
  const measured = await withGateway(size.store, environment, (gateway) => measure(gateway, size, bar))
  if (!size.json) return text(size, measured)
  const { store, accounts, certificates, mappings } = size
  return JSON.stringify({ store, accounts, certificates, mappings, ...measured })
}

const bar = new ProgressBar(process.stderr, { writesLines: true })
try {
  const output = await scale(process.argv.slice(2), process.env, bar)
  bar.clear()
  console.log(output)
} catch (error) {
  bar.clear()
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
