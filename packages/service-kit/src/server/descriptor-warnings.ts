import type { CommonConfiguration } from '../configuration/common-settings.ts'
import type { Log } from '../logging/log.ts'
import { Repeats } from '../logging/repeats.ts'
import { descriptorLimit, openDescriptors } from './descriptors.ts'

/** Fewer leave next to nothing for targets once callers, store, Redis and processes for keys have theirs. */
const fewest = 1_024
const everyMs = 5_000
/** Callers and targets together get seven eighths. */
const nearlyAll = 0.9

/** At the start: whether the limit suffices for what is configured. */
export function warnOfFewDescriptors(
  log: Log,
  { maxConnections }: Pick<CommonConfiguration, 'maxConnections'>,
  limit = descriptorLimit(),
): void {
  const most = Math.floor((limit * 3) / 4)
  if (limit >= fewest && (maxConnections ?? 0) <= most) return
  const advice = maxConnections === undefined ? '' : `, or lower MAX_CONNECTIONS to ${most} at most`
  log.warn(
    { event: 'descriptors-few', limit, ...(maxConnections !== undefined && { maxConnections }) },
    `raise the limit of open files (ulimit -n)${advice}: calls fail with EMFILE when it is reached`,
  )
}

/**
 * While the service runs: tells, once a minute, that the limit is nearly reached. Connections of callers are closed
 * unanswered then, and nothing but this would say so.
 * @returns ends it
 */
export function watchDescriptors(log: Log, { limit = descriptorLimit(), intervalMs = everyMs } = {}): () => void {
  const repeats = new Repeats()
  const timer = setInterval(async () => {
    const open = await openDescriptors()
    if (open === undefined || open < limit * nearlyAll) return
    if (repeats.due('descriptors') === undefined) return
    log.warn(
      { event: 'descriptors-running-out', open: Math.min(open, limit), limit },
      'raise the limit of open files (ulimit -n), or lower MAX_CONNECTIONS',
    )
  }, intervalMs)
  timer.unref()
  return () => clearInterval(timer)
}
