/**
 * What a promise gives if it does so in time, else undefined: it goes on, and its failure is nobody's then.
 * @param ms 0 does not wait at all
 */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    if (ms === 0) resolve(undefined)
    else timer = setTimeout(resolve, ms, undefined)
  })
  try {
    return await Promise.race([late, promise])
  } finally {
    clearTimeout(timer)
  }
}
