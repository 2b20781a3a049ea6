// Included after what ctest2 wrote, which has `run_all`, FAILED and NTESTS.

/// Runs every comparison. The lines about what does not agree come from ctest2 and go to standard error.
fn verdict(compared: &str) -> std::process::ExitCode {
    run_all();
    let comparisons = NTESTS.load(Ordering::SeqCst);
    if FAILED.load(Ordering::SeqCst) || comparisons == 0 {
        println!("abi: FAILED: {compared}: see above (rust: what millpond has, c: what the header has)");
        return std::process::ExitCode::FAILURE;
    }
    println!("abi: {compared}: {comparisons} comparisons agree");
    std::process::ExitCode::SUCCESS
}
