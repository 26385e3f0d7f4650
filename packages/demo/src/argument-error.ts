import { errorCode, errorText } from './error-text.ts'

/** What is wrong with a command line, as a sentence for the user. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError'
}

/** Does what `parse` does. @throws ArgumentError where `parseArgs` of `node:util` throws an error of its own */
export function refusingUnknown<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (!errorCode(error).startsWith('ERR_PARSE_ARGS_')) throw error
    throw new ArgumentError(errorText(error))
  }
}
