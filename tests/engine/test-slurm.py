#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A real Slurm of two nodes on loopback: kernels by modules, a job that fails, a node drained, a job killed, and
ksig itself killed in the middle: the right results with the fewest repeats."""
import collections
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import tap  # noqa: E402
from tap import need, ok  # noqa: E402

KSIG = os.path.abspath(sys.argv[1])
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "sinfo")
os.environ["PATH"] += ":/usr/sbin:/sbin"
need(*PROGRAMS)
if os.geteuid() != 0:
    print("1..0 # SKIP the Slurm of this test runs as root")
    sys.exit(0)

tmp = tempfile.mkdtemp(prefix="ks-", dir="/tmp")
os.chmod(tmp, 0o755)
STATE, TRACE = os.path.join(tmp, "state"), os.path.join(tmp, "trace")
children = []


def start(*argv):
    log = open(os.path.join(tmp, "daemons.log"), "ab")
    children.append(subprocess.Popen(argv, stdout=log, stderr=log))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*argv, check=True, timeout=200):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          timeout=timeout)
    if check and done.returncode != 0:
        raise RuntimeError(f"{argv}: {done.stdout}")
    return done


def start_slurm():
    host = socket.gethostname().split(".")[0]
    munge = os.path.join(tmp, "munge")
    os.mkdir(munge, 0o700)
    os.mkdir(os.path.join(tmp, "ctld"))
    with open(os.path.join(munge, "key"), "wb") as file:
        file.write(os.urandom(1024))
    os.chmod(os.path.join(munge, "key"), 0o400)
    start("munged", "--foreground", "--force", f"--key-file={munge}/key", f"--socket={tmp}/munge.socket",
          f"--pid-file={munge}/pid", f"--log-file={munge}/log", f"--seed-file={munge}/seed")
    with open(os.path.join(tmp, "slurm.conf"), "w", encoding="utf-8") as file:
        file.write(f"""ClusterName=ksig
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={free_port()}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={tmp}/munge.socket
CryptoType=crypto/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
StateSaveLocation={tmp}/ctld
SlurmdSpoolDir={tmp}/spool-%n
SlurmctldPidFile={tmp}/ctld.pid
SlurmdPidFile={tmp}/slurmd-%n.pid
ReturnToService=2
MinJobAge=10
MaxArraySize=3
KillWait=2
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SchedulerParameters=sched_interval=1,batch_sched_delay=0,bf_interval=2
NodeName=n0 NodeHostname={host} NodeAddr=127.0.0.1 Port={free_port()} CPUs=2 RealMemory=2000
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={free_port()} CPUs=2 RealMemory=2000
PartitionName=main Nodes=n[0-1] Default=YES MaxTime=INFINITE State=UP
""")
    os.environ["SLURM_CONF"] = os.path.join(tmp, "slurm.conf")
    time.sleep(1)
    start("slurmctld", "-D")
    time.sleep(2)
    for node in ("n0", "n1"):
        start("slurmd", "-D", "-N", node)
    for _ in range(60):
        if "idle" in run("sinfo", "--noheader", "--format=%T %D", check=False).stdout and \
                "2" in run("sinfo", "--noheader", "--states=idle", "--format=%D", check=False).stdout:
            return True
        time.sleep(0.5)
    return False


def stop_slurm():
    for child in reversed(children):
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()


KERNELS, MODULES = ("k1", "k2", "k3"), ("isci", "mlx4", "lustre")


def job(name, needs, script, **more):
    """Each run of a job leaves a line in the trace."""
    return {"name": name, "argv": ["sh", "-c", f'echo {name} >> "$0"; {script}', TRACE], "needs": needs,
            "cpus": 1, "memory_mib": 100, "class": name.split("-")[0], **more}


def plan():
    """Kernels by modules; lustre needs mlx4 of the same kernel; isci of k2 fails; isci of k3 takes long."""
    jobs = []
    for kernel in KERNELS:
        jobs.append(job(kernel, [], f"sleep 1; echo {kernel} > ${{output}}/kernel"))
        for module in MODULES:
            name = f"{module}-{kernel}"
            needs = [kernel] + ([f"mlx4-{kernel}"] if module == "lustre" else [])
            script = "cat " + " ".join(f"${{result:{need}}}/*" for need in needs) + f" > ${{output}}/{module}"
            if name == "isci-k2":
                script = f"test -e {tmp}/mended && {script}"
            if name == "isci-k3":
                script = f"test -e {tmp}/quick || sleep 60; {script}"
            jobs.append(job(name, needs, f"sleep 0.5; {script}"))
    path = os.path.join(tmp, "plan.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"version": 1, "name": "modules", "jobs": jobs}, file)
    return path


def traced():
    if not os.path.exists(TRACE):
        return collections.Counter()
    return collections.Counter(open(TRACE, encoding="utf-8").read().split())


def wait_for(condition, what, seconds=90):
    for _ in range(seconds * 5):
        if condition():
            return
        time.sleep(0.2)
    raise RuntimeError(f"{what}: not within {seconds} s\n" + run("squeue", check=False).stdout)


def ksig(*arguments, **more):
    return run(KSIG, "engine", *arguments, "--engine=slurm", f"--state={STATE}", "--format=json", check=False, **more)


def states(done):
    text = done.stdout
    return {row["job"]: row["state"] for row in json.loads(text[text.index("[\n"):text.rindex("]") + 1])}


def main():
    path = plan()
    command = [KSIG, "engine", "run", path, "--engine=slurm", f"--state={STATE}"]

    # ksig is killed once Slurm has its jobs; Slurm goes on.
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: traced()["k1"] == 1, "the first kernel")
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    # A node is drained, and the long job is killed in the middle as a dying node would.
    wait_for(lambda: traced()["isci-k3"] == 1, "the long job")
    run("scontrol", "update", "nodename=n1", "state=drain", "reason=test")
    with open(os.path.join(tmp, "quick"), "w", encoding="utf-8"):
        pass
    listing = run("squeue", "--noheader", "--array", "--states=RUNNING", "--format=%i").stdout.split()
    ok(len(listing) >= 1, "the long job runs in Slurm", listing)
    victims = run("pgrep", "-f", f"^{KSIG} engine work {STATE}", check=False).stdout.split()
    long_hash = next(h for h in os.listdir(os.path.join(STATE, "jobs"))
                     if json.load(open(os.path.join(STATE, "jobs", h, "job.json"), encoding="utf-8"))["name"]
                     == "isci-k3")
    holder = open(os.path.join(STATE, "jobs", long_hash, "lock"), encoding="utf-8").read().split()
    ok(holder and holder[0] in victims, "its worker is known", (holder, victims))
    os.kill(int(holder[0]), signal.SIGKILL)
    out, talk = second.communicate(timeout=150)

    done = ksig("list", path)
    found = states(done)
    good = {name for name, state in found.items() if state == "done"}
    ok(second.returncode == 1 and found.get("isci-k2") == "failed" and len(good) == 11,
       "all but the job that fails are done", out + talk + done.stdout)
    runs = traced()
    ok(runs["isci-k3"] == 2, "the job that was killed ran twice", runs)
    others = {name: n for name, n in runs.items() if name != "isci-k3"}
    ok(set(others.values()) == {1}, "every other job ran once, though ksig was killed as well", others)

    # The job that failed is mended: only it runs again.
    with open(os.path.join(tmp, "mended"), "w", encoding="utf-8"):
        pass
    done = ksig("run", path, "--to", os.path.join(tmp, "slurm"))
    ok(done.returncode == 0 and traced()["isci-k2"] == 2 and sum(traced().values()) == sum(runs.values()) + 1,
       "mended: one job runs", done.stdout)
    usage = json.load(open(os.path.join(STATE, "usage", "lustre.json"), encoding="utf-8"))
    ok(usage["jobs"] == 3, "what jobs cost is kept by class", usage)

    # The same plan by the local engine makes the same.
    local = os.path.join(tmp, "local")
    done = run(KSIG, "engine", "run", path, f"--state={tmp}/local-state", "--to", local, check=False)
    same = run("diff", "-r", local, os.path.join(tmp, "slurm"), check=False)
    ok(done.returncode == 0 and same.returncode == 0, "the local engine makes the same", done.stdout + same.stdout)

    # Cancel.
    os.unlink(os.path.join(tmp, "quick"))
    long_plan = os.path.join(tmp, "long.json")
    with open(long_plan, "w", encoding="utf-8") as file:
        json.dump({"version": 1, "name": "long", "jobs": [job("long", [], "sleep 120")]}, file)
    process = subprocess.Popen([KSIG, "engine", "run", long_plan, "--engine=slurm", f"--state={STATE}"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: traced()["long"] == 1, "the long job")
    ksig("cancel", long_plan)
    process.wait(60)
    wait_for(lambda: not run("squeue", "--noheader").stdout.strip(), "an empty queue", 30)
    ok(states(ksig("list", long_plan)) == {"long": "cancelled"} and process.returncode == 4, "cancelled",
       process.returncode)


try:
    if not start_slurm():
        log = open(os.path.join(tmp, "daemons.log"), encoding="utf-8", errors="replace").read()[-1500:]
        print("1..0 # SKIP Slurm does not start here")
        print("\n".join("# " + line for line in log.splitlines()))
        sys.exit(0)
    main()
finally:
    stop_slurm()
    shutil.rmtree(tmp, ignore_errors=True)
tap.done()
