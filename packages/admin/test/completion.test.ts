import { execFileSync } from 'node:child_process'
import { expect, it } from '@jest/globals'
import { mtlsAdmin } from './invocation.ts'

it('bash completes the commands of mtls-admin, their subcommands and options', async () => {
  const { stdout: script, exitCode } = await mtlsAdmin(['completion', 'bash'])
  expect(exitCode).toBe(0)
  const offered = (...words: readonly string[]) => {
    const typed = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mtls_admin; printf '%s\\n' "\${COMPREPLY[@]}"`
    const output = execFileSync('bash', ['-c', `${script}\n${typed}`, 'bash', 'mtls-admin', ...words])
    return output.toString().trimEnd().split('\n')
  }
  expect(offered('do')).toEqual(['doctor'])
  expect(offered('store', 'r')).toEqual(['restored'])
  expect(offered('gc', '--dry')).toEqual(['--dry-run'])
  expect(offered('completion', 'z')).toEqual(['zsh'])
})

it.each([
  ['zsh', '#compdef mtls-admin\n', "'doctor:"],
  ['fish', '# mtls-admin completion fish | source\n', 'complete -c mtls-admin -n __fish_use_subcommand -a doctor'],
])('%s has a script for it, too', async (shell, begin, content) => {
  const { stdout } = await mtlsAdmin(['completion', shell])
  expect(stdout.startsWith(begin)).toBe(true)
  expect(stdout).toContain(content)
  expect(stdout).not.toContain('--names')
})
