import type { Job, Report } from '../../engine/messages.ts'
import { PresentCase, readPresentCase } from '../../engine/present-case.ts'

/** Its first process hangs at the second of three cases; so does one that gets them again, if its name says so. */
process.once('message', ({ name, seed, presentCase, again }: Job) => {
  const isAgain = again !== undefined
  const batch = isAgain ? readPresentCase(again).batch : ['one', 'two', 'three'].map((text) => Buffer.from(text))
  new PresentCase(presentCase).set(batch, 1)
  const isDone = isAgain ? !name.includes('twice') : seed > 1
  const report: Report = { isDone, cases: 3, corpus: seed, reached: '', findings: [], notRepeated: [], notes: [] }
  process.send?.(report)
  if (isDone) process.disconnect()
  else setInterval(() => {}, 1_000)
})
