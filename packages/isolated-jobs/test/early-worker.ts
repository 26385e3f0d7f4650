import { sendToParent } from '../src/worker.ts'

/** Answers before it can have a job, and would then go on for ever. */
sendToParent({ kind: 'answer', answer: 'early' })
setInterval(() => undefined, 1_000)
