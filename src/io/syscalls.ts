/**
 * The door to the kernel and to OpenSSL: the only file that imports the FFI. Everything here is a thin
 * function over one C function. A system call returns what the kernel returned, or the negative errno
 * (as the kernel's own convention is), so no call throws.
 *
 * Memory that C sees comes from `arena()` and nothing else: a raw address does not keep its buffer
 * alive, so arenas are mapped from the kernel and live as long as the process.
 */
import koffi from 'koffi';
import type { Arena } from '../core/arena.js';
import { arenaOver } from '../core/arena.js';

/** An arena together with the address where it lies (below 2^53, so a plain number). */
export interface MappedArena extends Arena {
  readonly address: number;
}

const libc = koffi.load(null);
const cMmap = libc.func(
  'uintptr_t mmap(uintptr_t address, uint64_t length, int protection, int flags, int fd, int64_t offset)',
);
const cOpen = libc.func('int open(uintptr_t path, int flags)');
const cClose = libc.func('int close(int fd)');
const cIoctl = libc.func('int ioctl(int fd, uint64_t request, uintptr_t arg)');
const cRead = libc.func('int64_t read(int fd, uintptr_t buf, uint64_t count)');
const cWrite = libc.func('int64_t write(int fd, uintptr_t buf, uint64_t count)');
const cWritev = libc.func('int64_t writev(int fd, uintptr_t iov, int count)');
const cPpoll = libc.func('int ppoll(uintptr_t fds, uint64_t count, uintptr_t timeout, uintptr_t sigmask)');
const cSocket = libc.func('int socket(int domain, int type, int protocol)');
const cBind = libc.func('int bind(int fd, uintptr_t address, uint32_t length)');
const cSetsockopt = libc.func('int setsockopt(int fd, int level, int name, uintptr_t value, uint32_t length)');
const cGetsockopt = libc.func('int getsockopt(int fd, int level, int name, uintptr_t value, uintptr_t length)');
const cSendto = libc.func(
  'int64_t sendto(int fd, uintptr_t buf, uint64_t len, int flags, uintptr_t address, uint32_t addressLength)',
);
const cRecv = libc.func('int64_t recv(int fd, uintptr_t buf, uint64_t len, int flags)');
const cRecvmsg = libc.func('int64_t recvmsg(int fd, uintptr_t message, int flags)');
const cSendmmsg = libc.func('int sendmmsg(int fd, uintptr_t vector, uint32_t count, int flags)');
const cRecvmmsg = libc.func('int recvmmsg(int fd, uintptr_t vector, uint32_t count, int flags, uintptr_t timeout)');
const cEventfd = libc.func('int eventfd(uint32_t initial, int flags)');
const cSetpriority = libc.func('int setpriority(int which, uint32_t who, int priority)');
const cSetscheduler = libc.func('int sched_setscheduler(int pid, int policy, uintptr_t param)');
const cClockGettime = libc.func('int clock_gettime(int clock, uintptr_t time)');
const cFlock = libc.func('int flock(int fd, int operation)');
const cFcntl = libc.func('int fcntl(int fd, int command, int64_t argument)');
const cPrctl = libc.func('int prctl(int option, uint64_t a, uint64_t b, uint64_t c, uint64_t d)');
const cSetrlimit = libc.func('int setrlimit(int resource, uintptr_t limit)');
const cCapget = libc.func('int capget(uintptr_t header, uintptr_t data)');
const cCapset = libc.func('int capset(uintptr_t header, uintptr_t data)');
const cExecve = libc.func('int execve(uintptr_t path, uintptr_t argv, uintptr_t envp)');

const PROT_READ_WRITE = 3;
const MAP_PRIVATE_ANONYMOUS = 0x22;
/** Places the mapping below 2^31 (x86-64 only), where an address is a small integer: passing it allocates nothing. */
const MAP_32BIT = process.arch === 'x64' ? 0x40 : 0;
const PAGE = 4096;
const CLOCK_THREAD_CPUTIME_ID = 3;

/**
 * `size` zeroed bytes of memory outside the JavaScript heap, never moved and never given back. Pages
 * are only taken when touched.
 * @throws Error when the address space is used up
 */
export function arena(size: number): MappedArena {
  const length = Math.ceil(size / PAGE) * PAGE;
  let address = cMmap(0, length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS | MAP_32BIT, -1, 0) as number;
  if (!Number.isSafeInteger(address)) {
    address = cMmap(0, length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0) as number;
  }
  if (!Number.isSafeInteger(address)) throw new Error(`no memory for an arena of ${length} bytes`);
  return { ...arenaOver(koffi.view(BigInt(address), length)), address };
}

/** errno of the last failed call, negated. */
function failure(): number {
  return -koffi.errno();
}

/** Writes a pointer into a C structure without a BigInt. */
// HOT PATH
export function putPointer(view: DataView, at: number, address: number): void {
  view.setInt32(at, address | 0, true);
  view.setInt32(at + 4, (address / 0x1_0000_0000) | 0, true);
}

const scratch = arena(4096);

/** Puts a NUL-terminated string where C can read it; valid until the next call. */
function cString(text: string): number {
  const { written } = new TextEncoder().encodeInto(text, scratch.bytes.subarray(0, 4095));
  scratch.bytes[written] = 0;
  return scratch.address;
}

/** open(2). */
export function open(path: string, flags: number): number {
  const fd = cOpen(cString(path), flags) as number;
  return fd < 0 ? failure() : fd;
}

/** close(2). */
export function close(fd: number): number {
  return (cClose(fd) as number) < 0 ? failure() : 0;
}

/** ioctl(2) with a pointer argument. */
export function ioctl(fd: number, request: number, argument: number): number {
  const r = cIoctl(fd, request, argument) as number;
  return r < 0 ? failure() : r;
}

/** read(2). */
export function read(fd: number, address: number, length: number): number {
  const r = cRead(fd, address, length) as number;
  return r < 0 ? failure() : r;
}

/** write(2). */
export function write(fd: number, address: number, length: number): number {
  const r = cWrite(fd, address, length) as number;
  return r < 0 ? failure() : r;
}

/** writev(2); `vector` is the address of `count` struct iovec. */
export function writev(fd: number, vector: number, count: number): number {
  const r = cWritev(fd, vector, count) as number;
  return r < 0 ? failure() : r;
}

/** ppoll(2); `fds` is the address of struct pollfd, `timeout` of a struct timespec or 0 for ever. */
export function ppoll(fds: number, count: number, timeout: number): number {
  const r = cPpoll(fds, count, timeout, 0) as number;
  return r < 0 ? failure() : r;
}

/** socket(2). */
export function socket(domain: number, type: number, protocol: number): number {
  const fd = cSocket(domain, type, protocol) as number;
  return fd < 0 ? failure() : fd;
}

/** bind(2). */
export function bind(fd: number, address: number, length: number): number {
  return (cBind(fd, address, length) as number) < 0 ? failure() : 0;
}

/** setsockopt(2). */
function setsockopt(fd: number, level: number, name: number, value: number, length: number): number {
  return (cSetsockopt(fd, level, name, value, length) as number) < 0 ? failure() : 0;
}

/** setsockopt(2) with an int. */
export function setsockoptInt(fd: number, level: number, name: number, value: number): number {
  scratch.view.setInt32(0, value, true);
  return setsockopt(fd, level, name, scratch.address, 4);
}

/** setsockopt(2) with a NUL-terminated string (SO_BINDTODEVICE). */
export function setsockoptString(fd: number, level: number, name: number, value: string): number {
  const address = cString(value);
  return setsockopt(fd, level, name, address, value.length + 1);
}

/** getsockopt(2) of an array of at most 64 u32: the one at `index`, or the negative errno. */
export function getsockoptU32(fd: number, level: number, name: number, index: number): number {
  scratch.view.setUint32(0, 256, true); // the length that the kernel reads and writes; the values follow
  scratch.bytes.fill(0, 8, 8 + 256);
  const r = cGetsockopt(fd, level, name, scratch.address + 8, scratch.address) as number;
  return r < 0 ? failure() : scratch.view.getUint32(8 + index * 4, true);
}

/**
 * getsockopt(2) of up to 4000 bytes: what the kernel wrote, or the negative errno (-ERANGE, 34: it has more).
 */
export function getsockopt(fd: number, level: number, name: number): Uint8Array | number {
  scratch.view.setUint32(0, 4000, true);
  const r = cGetsockopt(fd, level, name, scratch.address + 8, scratch.address) as number;
  return r < 0 ? failure() : scratch.bytes.slice(8, 8 + scratch.view.getUint32(0, true));
}

/** sendto(2); `to` 0 means no address. */
export function sendto(
  fd: number,
  address: number,
  length: number,
  flags: number,
  to: number,
  toLength: number,
): number {
  const r = cSendto(fd, address, length, flags, to, toLength) as number;
  return r < 0 ? failure() : r;
}

/** recv(2). */
export function recv(fd: number, address: number, length: number, flags: number): number {
  const r = cRecv(fd, address, length, flags) as number;
  return r < 0 ? failure() : r;
}

/** recvmsg(2). */
export function recvmsg(fd: number, message: number, flags: number): number {
  const r = cRecvmsg(fd, message, flags) as number;
  return r < 0 ? failure() : r;
}

/** sendmmsg(2): how many messages went out, or the negative errno of the first. */
export function sendmmsg(fd: number, vector: number, count: number, flags: number): number {
  const r = cSendmmsg(fd, vector, count, flags) as number;
  return r < 0 ? failure() : r;
}

/** recvmmsg(2) without a timeout. */
export function recvmmsg(fd: number, vector: number, count: number, flags: number): number {
  const r = cRecvmmsg(fd, vector, count, flags, 0) as number;
  return r < 0 ? failure() : r;
}

/** eventfd(2). */
export function eventfd(initial: number, flags: number): number {
  const fd = cEventfd(initial, flags) as number;
  return fd < 0 ? failure() : fd;
}

/** setpriority(2) of the calling thread: nice value -20 to 19. */
export function setThreadPriority(nice: number): number {
  return (cSetpriority(0, 0, nice) as number) < 0 ? failure() : 0;
}

/** sched_setscheduler(2) of the calling thread: SCHED_… of linux/sched.h, and the priority. */
export function setScheduler(policy: number, priority: number): number {
  scratch.view.setInt32(0, priority, true);
  return (cSetscheduler(0, policy, scratch.address) as number) < 0 ? failure() : 0;
}

/** Processor time of the calling thread, milliseconds: clock_gettime(2) of CLOCK_THREAD_CPUTIME_ID. */
export function threadCpuTime(): number {
  cClockGettime(CLOCK_THREAD_CPUTIME_ID, scratch.address);
  return Number(scratch.view.getBigInt64(0, true)) * 1000 + scratch.view.getUint32(8, true) / 1e6;
}

/** flock(2): LOCK_… of sys/file.h. */
export function flock(fd: number, operation: number): number {
  return (cFlock(fd, operation) as number) < 0 ? failure() : 0;
}

/** fcntl(2) with a number. */
export function fcntl(fd: number, command: number, argument: number): number {
  const r = cFcntl(fd, command, argument) as number;
  return r < 0 ? failure() : r;
}

/** prctl(2) with two arguments, of the calling thread. */
export function prctl(option: number, a = 0, b = 0): number {
  const r = cPrctl(option, a, b, 0, 0) as number;
  return r < 0 ? failure() : r;
}

/** setrlimit(2): soft and hard limit alike. */
export function setrlimit(resource: number, limit: number): number {
  scratch.view.setBigUint64(0, BigInt(limit), true);
  scratch.view.setBigUint64(8, BigInt(limit), true);
  return (cSetrlimit(resource, scratch.address) as number) < 0 ? failure() : 0;
}

/** capget(2) of the calling thread; both arguments are addresses. */
export function capget(header: number, data: number): number {
  return (cCapget(header, data) as number) < 0 ? failure() : 0;
}

/** capset(2) of the calling thread; both arguments are addresses. */
export function capset(header: number, data: number): number {
  return (cCapset(header, data) as number) < 0 ? failure() : 0;
}

/**
 * execve(2): another program in this process, which keeps its id. Returns only if that fails: the negative errno.
 * @param environment `NAME=value` each
 */
export function execve(path: string, argv: readonly string[], environment: readonly string[]): number {
  const strings = [path, ...argv, ...environment].map((text) => new TextEncoder().encode(`${text}\0`));
  const pointers = (argv.length + environment.length + 2) * 8;
  const memory = arena(strings.reduce((sum, { length }) => sum + length, pointers));
  let at = pointers;
  const addresses = strings.map((bytes) => {
    memory.bytes.set(bytes, at);
    at += bytes.length;
    return memory.address + at - bytes.length;
  });
  const [file = 0, ...rest] = addresses;
  // Each list ends with a null pointer: the arena is zero.
  rest.forEach((address, i) => {
    putPointer(memory.view, (i < argv.length ? i : i + 1) * 8, address);
  });
  cExecve(file, memory.address, memory.address + (argv.length + 1) * 8);
  return failure();
}

const Passwd = koffi.struct({ name: 'str', password: 'str', uid: 'uint32', gid: 'uint32' });
const Group = koffi.struct({ name: 'str', password: 'str', gid: 'uint32' });
const cGetpwnam = libc.func('getpwnam', koffi.pointer(Passwd), ['uintptr_t']);
const cGetpwuid = libc.func('getpwuid', koffi.pointer(Passwd), ['uint32']);
const cGetgrnam = libc.func('getgrnam', koffi.pointer(Group), ['uintptr_t']);

/** getpwnam(3) or, for a number, getpwuid(3): wherever the host keeps its users; null when there is none. */
export function passwordEntry(user: string | number): { name: string; uid: number; gid: number } | null {
  const found = typeof user === 'string' ? cGetpwnam(cString(user)) : cGetpwuid(user);
  if (found === null) return null;
  const { name, uid, gid } = koffi.decode(found, Passwd) as { name: string; uid: number; gid: number };
  return { name, uid, gid };
}

/** getgrnam(3): the number of a group; null when there is none. */
export function groupId(name: string): number | null {
  const found = cGetgrnam(cString(name));
  return found === null ? null : (koffi.decode(found, Group) as { gid: number }).gid;
}

/** The EVP functions of the OpenSSL that Node itself uses; null where they can't be found. */
export interface Evp {
  newContext(): number;
  freeContext(context: number): void;
  aes256gcm(): number;
  chacha20poly1305(): number;
  /** `encrypt` 1 to seal, 0 to open. */
  init(context: number, cipher: number, engine: number, key: number, iv: number, encrypt: number): number;
  control(context: number, type: number, argument: number, pointer: number): number;
  setParams(context: number, params: number): number;
  /** The bytes it made, or what is not above 0. */
  cipher(context: number, out: number, input: number, length: number): number;
}

/**
 * Finds OpenSSL's EVP interface (EVP_EncryptInit(3)) in the running process, or null: a Node built
 * without exported symbols. Functions return 1 for success unless they say otherwise.
 */
export function evp(): Evp | null {
  try {
    return {
      newContext: libc.func('uintptr_t EVP_CIPHER_CTX_new()'),
      freeContext: libc.func('void EVP_CIPHER_CTX_free(uintptr_t ctx)'),
      aes256gcm: libc.func('uintptr_t EVP_aes_256_gcm()'),
      chacha20poly1305: libc.func('uintptr_t EVP_chacha20_poly1305()'),
      init: libc.func(
        'int EVP_CipherInit_ex(uintptr_t ctx, uintptr_t cipher, uintptr_t engine, uintptr_t key, uintptr_t iv, int enc)',
      ),
      control: libc.func('int EVP_CIPHER_CTX_ctrl(uintptr_t ctx, int type, int arg, uintptr_t ptr)'),
      setParams: libc.func('int EVP_CIPHER_CTX_set_params(uintptr_t ctx, uintptr_t params)'),
      cipher: libc.func('int EVP_Cipher(uintptr_t ctx, uintptr_t out, uintptr_t in, uint32_t inl)'),
    };
  } catch {
    return null;
  }
}
