import { answerBody, answerHead, answerJson } from '@mtls-gateway/terminal'
import { exitCodes } from '../exit-codes.ts'
import type { Exchange } from '../http/service-client.ts'
import { readProblem } from '../http/service-problem.ts'
import type { Output } from '../output.ts'
import { problemText } from './problem-text.ts'

/** The target's answer, or what the gateway answers in its place. */
export function showForwarded(answer: Exchange, output: Output): void {
  if (answer.status >= 400) output.exitCode = exitCodes.refused
  const isGateways = answer.headers['lp-answered-by'] === 'gateway'
  const problem = isGateways && readProblem(answer.headers['content-type'], answer.body.toString('utf8'))
  if (output.json) output.jsonText(answerJson(answer))
  else if (problem)
    output.complain(`The gateway answers, not the target:\n${problemText(problem.body, output.errorColour)}`)
  else showTargets(answer, output)
}

/** Into a file or a pipe the body goes byte for byte. */
function showTargets(answer: Exchange, output: Output): void {
  output.complain(answerHead(answer, false))
  if (output.stdout.isTTY) output.text(answerBody(answer))
  else output.stdout.write(answer.body)
}
