import { commandGroup } from '../command-group.ts'
import { activateSigningKeyCommand } from './activate-signing-key.ts'
import { createSigningKeyCommand } from './create-signing-key.ts'
import { deleteSigningKeyCommand } from './delete-signing-key.ts'
import { jwksCommand, listSigningKeysCommand } from './list-signing-keys.ts'

/** What the gateway signs with for targets: assertions for token endpoints, and requests. */
export const signingKeysCommand = commandGroup('signing-keys', 'list, create, activate and delete signing keys', [
  listSigningKeysCommand,
  createSigningKeyCommand,
  activateSigningKeyCommand,
  deleteSigningKeyCommand,
  jwksCommand,
])
