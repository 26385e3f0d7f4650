export { EndOfTurn, type PutOff } from './end-of-turn.ts'
export { type InLine, Line, type Member, type TurnRest } from './line.ts'
export { Rest } from './rest.ts'
export { WorkTime } from './work-time.ts'
