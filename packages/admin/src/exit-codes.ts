/** What the end of a command says to a script. */
export const exitCodes = { done: 0, incomplete: 1, notRun: 2 } as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** As operators read it. */
export const exitCodeMeanings: Readonly<Record<ExitCode, string>> = {
  0: 'success',
  1: 'something is left to do or to repair; the output says what',
  2: 'nothing was done: wrong usage, wrong settings, or something that the command needs does not answer',
}
