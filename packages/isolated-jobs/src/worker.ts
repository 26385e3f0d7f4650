import { writeSync } from 'node:fs'
import { deserialize } from 'node:v8'
import { FrameReader, framed } from './frames.ts'
import { type JobMessage, type Message, written } from './messages.ts'

/** Where messages to the parent go: `WorkerProcess` reads there. */
const messages = 3

/** The whole of a process: it takes the one job, answers it, and ends; as soon as nobody waits for the answer, too. */
export function serveJob<Job, Answer>(run: (job: Job) => Promise<Answer>): void {
  receiveJobs<Job>(async (job) => {
    sendToParent<JobMessage<Answer>>({ kind: 'answer', answer: await run(job) })
    process.exit()
  })
  sendToParent<JobMessage<Answer>>({ kind: 'ready' })
}

/** Takes the parent's jobs from standard input, and ends the process when the parent is gone. */
export function receiveJobs<Job>(receive: (job: Job) => void): void {
  // The parent sends what it likes: it could do anything to this process.
  const jobs = new FrameReader(Number.POSITIVE_INFINITY, (payload) => receive(deserialize(payload)))
  process.stdin.on('data', (piece: Buffer) => jobs.read(piece))
  process.stdin.on('close', () => process.exit())
}

/** Returns when the message is in the pipe. */
export function sendToParent<Sent extends Message>(message: Sent): void {
  let left: Buffer = framed(written(message))
  while (left.length > 0) left = left.subarray(writeSync(messages, left))
}
