import { commandGroup } from '../command-group.ts'
import { createAppKeyCommand } from './create-app-key.ts'
import { deleteAppKeyCommand } from './delete-app-key.ts'
import { listAppKeysCommand } from './list-app-keys.ts'

/** The credentials that services sign their calls with. */
export const appKeysCommand = commandGroup('app-keys', 'list, create and delete app keys', [
  listAppKeysCommand,
  createAppKeyCommand,
  deleteAppKeyCommand,
])
