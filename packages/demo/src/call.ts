import { answerJson, answerText, usesColour } from '@mtls-gateway/terminal'
import { ArgumentError } from './argument-error.ts'
import { callUsage, parseCallArguments } from './call-arguments.ts'
import { callThroughDemo } from './demo-call.ts'
import { errorText } from './error-text.ts'
import { dataDirectory } from './repository.ts'

/** The exit code. */
async function call(args: readonly string[]): Promise<number> {
  const { url, ...rest } = parseCallArguments(args)
  if (rest.help || url === undefined) {
    console.log(callUsage)
    return 0
  }
  const response = await callThroughDemo({ ...rest, url }, dataDirectory(process.env))
  console.log(rest.json ? answerJson(response) : answerText(response, usesColour(process.stdout, process.env)))
  return response.status < 400 ? 0 : 1
}

try {
  process.exitCode = await call(process.argv.slice(2))
} catch (error) {
  const isArgument = error instanceof ArgumentError
  console.error(isArgument ? `${error.message}\n\n${callUsage}` : errorText(error))
  process.exitCode = isArgument ? 2 : 1
}
