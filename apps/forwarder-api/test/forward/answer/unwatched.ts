import type { AnswerWatch } from '../../../src/forward/answer/answer-relay.ts'

/** Nobody wants to know how the target does. */
export const unwatched: AnswerWatch = {
  goesOut() {},
  answered() {},
  failed() {},
  hangs() {},
  gaveUp() {},
  costsTooMuch() {},
  abandoned() {},
}
