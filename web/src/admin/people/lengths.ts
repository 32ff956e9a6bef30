/** Characters of a password, as the server takes them. */
export const LENGTH_MIN = 12;
export const LENGTH_MAX = 128;
