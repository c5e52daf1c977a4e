#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `nobounce lab shell` at a terminal: its size and type arrive, jobs can be stopped, and whatever ends
# the guest leaves the terminal as it was. host_shell.sh NOBOUNCE
set -euo pipefail

# Without a terminal there is nothing to give.
got=0
said=$("$1" lab shell </dev/null 2>&1) || got=$?
[[ $got == 2 && $said == *terminal* ]] || {
  echo "without a terminal: exit status $got; it said: $said" >&2
  exit 1
}

exec python3 - "$1" <<'EOF'
import fcntl, os, pty, select, signal, struct, subprocess, sys, termios, time

nobounce = sys.argv[1]

class Shell:
    def __init__(self, rows, columns):
        self.master, self.slave = pty.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(self.slave)
        self.seen = b''
        def lead_session():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        self.process = subprocess.Popen(
            [nobounce, 'lab', 'shell', '--pairs', '0', '--cpus', '1', '--timeout', '200'],
            stdin=self.slave, stdout=self.slave, stderr=self.slave,
            env=dict(os.environ, TERM='xterm-256color'), preexec_fn=lead_session)
        self.expect(b'# ')

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

    def strike(self, keys):
        os.write(self.master, keys)

    def read(self, patience):
        readable, _, _ = select.select([self.master], [], [], patience)
        if readable:
            self.seen += os.read(self.master, 4096)
        return readable

    def expect(self, text, patience=120):
        deadline = time.monotonic() + patience
        while text not in self.seen:
            if time.monotonic() > deadline or not self.read(deadline - time.monotonic()):
                sys.exit(f'expected {text!r}, seen: {self.seen!r}')
        self.seen = self.seen[self.seen.index(text) + len(text):]

    # What the command line computes is not what the terminal echoes.
    def run(self, line, expected):
        self.strike(line + b'; echo $((6*7))-done\n')
        self.expect(expected)
        self.expect(b'42-done\r\n')

    def expect_end(self, status):
        while self.process.poll() is None:
            self.read(0.2)
        if self.process.returncode != status:
            sys.exit(f'exit status {self.process.returncode}, not {status}; seen: {self.seen!r}')
        if termios.tcgetattr(self.slave) != self.before:
            sys.exit('the terminal is not as it was')

shell = Shell(33, 101)
shell.run(b'stty size', b'33 101\r\n')
shell.run(b'echo $TERM', b'xterm-256color\r\n')
# A program in the foreground learns of a new size from the kernel.
shell.strike(b"python3 -c 'import os, signal; size = {signal.SIGWINCH}; "
             b"signal.pthread_sigmask(signal.SIG_BLOCK, size); print(6 * 7, \"waits\", flush=True); "
             b"signal.sigwait(size); print(*os.get_terminal_size())'\n")
shell.expect(b'42 waits\r\n')
shell.resize(44, 120)
shell.expect(b'120 44\r\n')
# Each key that means a signal reaches the command in the foreground, and nobody else. The command
# itself says that it is there: before, the foreground is the shell's.
shell.strike(b"sh -c 'echo $((6*7))-run; exec sleep 600'\n")
shell.expect(b'42-run\r\n')
shell.strike(b'\x03')
shell.run(b'echo status $?', b'status 130\r\n')
shell.strike(b"sh -c 'echo $((6*7))-run; exec sleep 600'\n")
shell.expect(b'42-run\r\n')
shell.strike(b'\x1a')
shell.expect(b'Stopped')
shell.run(b'jobs -s | wc -l; disown -a', b'1\r\n')
shell.strike(b'exit 43\n')
shell.expect_end(43)

# Ctrl-D ends the shell as it ends any.
shell = Shell(24, 80)
shell.strike(b'\x04')
shell.expect_end(0)

# A guest that no longer answers.
shell = Shell(24, 80)
shell.strike(b'stty raw -echo; echo $((6*7))-raw; sleep 600\n')
shell.expect(b'42-raw')
shell.strike(b'\x1d\x1d\x1d')
shell.expect_end(130)

# Killed from outside.
shell = Shell(24, 80)
shell.process.send_signal(signal.SIGTERM)
shell.expect_end(130)
EOF
