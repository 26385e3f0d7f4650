import type { JobMessage } from './messages.ts'

/** The whole of a process: it takes the one job, answers it, and ends; as soon as nobody waits for the answer, too. */
export function serveJob<Job, Answer>(run: (job: Job) => Promise<Answer>): void {
  process.once('message', async (job: Job) => {
    send({ kind: 'answer', answer: await run(job) }, () => process.disconnect())
  })
  process.on('disconnect', () => process.exit())
  send({ kind: 'ready' })
}

function send(message: JobMessage<unknown>, sent?: () => void): void {
  process.send?.(message, undefined, undefined, sent)
}
