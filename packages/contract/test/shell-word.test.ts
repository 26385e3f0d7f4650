import { execFileSync } from 'node:child_process'
import { expect, it } from '@jest/globals'
import { shellWord } from '../src/shell-word.ts'

it.each(['bank', 'my client', "it's", '$(rm -rf /)', '`id`', 'a"b', 'https://a.example/?a=1&b=2', '*', 'é', '', '-n'])(
  'a shell reads %j as one word',
  (text) => {
    expect(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`]).toString()).toBe(text)
  },
)
