export { BoundedMemo, type BoundedMemoLimits } from './bounded-memo.ts'
export type { InLine, Member } from './line.ts'
export { Line } from './line.ts'
export {
  convertInTurns,
  filterInTurns,
  sortInTurns,
  stepsInTurns,
  writeInTurns,
  writeObjectInTurns,
} from './long-lists.ts'
export { andThen, isPromise, type MaybePromise } from './maybe-promise.ts'
export { Rest, shortTurnMs, type TurnRest } from './rest.ts'
export { TimeSlices } from './time-slices.ts'
export { type Batched, TurnBatch } from './turn-batch.ts'
export { WorkTime } from './work-time.ts'
