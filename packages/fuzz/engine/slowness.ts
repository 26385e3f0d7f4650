/**
 * Whether it takes more processor time than is linear in the length of what it reads: the least of some tries, as
 * other threads of this process count too.
 */
export async function isSlow(attempt: () => Promise<unknown>, bytes: number): Promise<boolean> {
  for (let tries = 5; tries > 0; tries--) {
    const begun = process.cpuUsage()
    await attempt()
    const { user, system } = process.cpuUsage(begun)
    if ((user + system) / 1_000 < 10 + bytes / 2_000) return false
  }
  return true
}
