/** How long an instance counts as live after its last announcement. */
export const liveMs = 5_000
