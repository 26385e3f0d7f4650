import { examine } from '../examine.ts'
import { NeedsExpensiveChild } from '../pkcs12/iteration-budget.ts'
import type { Answer, Job } from './messages.ts'

/**
 * The child process of the pool: takes a file, answers an examination. Whatever else goes wrong ends the process, and the
 * pool answers for it. It writes nothing: its standard streams are closed.
 */
process.on('disconnect', () => process.exit())
process.on('message', (job: Job) => {
  send({ kind: 'taken' })
  send(run(job))
})
send({ kind: 'ready' })

function run({ input, allowance }: Job): Answer {
  try {
    return { kind: 'examined', examination: examine(input, { allowance, now: new Date() }) }
  } catch (error) {
    if (error instanceof NeedsExpensiveChild) return { kind: 'needs-expensive-child' }
    throw error
  }
}

function send(answer: Answer): void {
  process.send?.(answer)
}
