export { answerBody, answerHead, answerJson, answerText, type ReadAnswer } from './answer-text.ts'
export { paint, usesColour } from './colour.ts'
export { ProgressBar, type ProgressStream } from './progress-bar.ts'
export { table } from './table.ts'
