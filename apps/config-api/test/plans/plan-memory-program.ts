import { DuePlans } from '../../src/plans/due-plans.ts'
import { accountWith, hourMs, plannedCertificate } from './planned-accounts.ts'

/**
 * Prints how many bytes a plan takes, where each has an account of its own. Tests share a process with others: this has
 * its own.
 */
const count = 10_000
const collectGarbage = (globalThis as { readonly gc?: () => void }).gc
if (collectGarbage === undefined) throw new TypeError('run it with --expose-gc')

const usedBytes = () => {
  for (let time = 0; time < 4; time++) collectGarbage()
  return process.memoryUsage().heapUsed
}
const before = usedBytes()
const plans = new DuePlans()
for (let number = 0; number < count; number++) {
  plans.see(accountWith(`a${number}`, [plannedCertificate(1, 9 * hourMs)], 1))
}
const bytes = (usedBytes() - before) / count
if (plans.count().get('idle') !== count) throw new Error('not all of them are known')
process.stdout.write(`${bytes}`)
