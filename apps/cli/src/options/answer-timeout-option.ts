import { Option } from '@commander-js/extra-typings'
import { wholeNumberOf } from './whole-number.ts'

/** How long the target of a mapping may take. */
export function answerTimeoutOption() {
  return new Option(
    '--answer-timeout <seconds>',
    'how long the target may take to answer, 1 to 600; by default as the operator has set it',
  ).argParser(wholeNumberOf('seconds'))
}
