const tickMs = 250

/**
 * Calls back after so much time of this process. What passes while it is stopped, or gets no processor, counts as one
 * tick: what is waited for has stood still as well, and is heard first.
 */
export function afterOwnTime(ms: number, reached: () => void): NodeJS.Timeout {
  let left = Math.ceil(ms / tickMs) + 1
  const timer = setInterval(() => {
    left -= 1
    if (left > 0) return
    clearInterval(timer)
    reached()
  }, tickMs)
  return timer
}

/** What comes of it; undefined if that takes longer. */
export async function withinOwnTime<Value>(coming: Promise<Value>, ms: number): Promise<Value | undefined> {
  const late = Promise.withResolvers<undefined>()
  const timer = afterOwnTime(ms, () => late.resolve(undefined))
  try {
    return await Promise.race([coming, late.promise])
  } finally {
    clearInterval(timer)
  }
}
