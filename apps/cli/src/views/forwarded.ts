import { type ProblemDocument, readProblem } from '@mtls-gateway/client'
import { answerBody, answerHead, answerJson } from '@mtls-gateway/terminal'
import { exitCodes } from '../exit-codes.ts'
import type { Exchange } from '../http/exchange.ts'
import { ServiceProblem } from '../http/service-problem.ts'
import type { Output } from '../output.ts'
import { problemText } from './problem-text.ts'

/** The target's answer, or what the gateway answers in its place. */
export function showForwarded(answer: Exchange, output: Output): void {
  if (answer.status >= 400) output.exitCode = exitCodes.refused
  const problem = answer.headers['lp-answered-by'] === 'gateway' ? problemOf(answer) : undefined
  if (output.json) output.jsonText(answerJson(answer))
  else if (problem) output.complain(`The gateway answers, not the target:\n${problemText(problem, output.errorColour)}`)
  else showTargets(answer, output)
}

/** Safe on a terminal. */
function problemOf({ status, headers, body }: Exchange): ProblemDocument | undefined {
  const problem = readProblem({ status, headers: new Headers(headers) }, body.toString('utf8'))
  return problem && new ServiceProblem(problem).answer.body
}

/** Into a file or a pipe the body goes byte for byte. */
function showTargets(answer: Exchange, output: Output): void {
  output.complain(answerHead(answer, false))
  if (output.stdout.isTTY) output.text(answerBody(answer))
  else output.stdout.write(answer.body)
}
