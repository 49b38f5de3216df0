//! One key, or several.

/// One key, or several: `session.forget("a")`, `session.forget(["a", "b"])`.
pub trait Keys {
    /// Calls `each` with every key.
    fn each(&self, each: &mut dyn FnMut(&str));

    /// The keys as a list.
    fn list(&self) -> Vec<String> {
        let mut list = Vec::new();
        self.each(&mut |key| list.push(key.to_owned()));
        list
    }
}

impl Keys for &str {
    fn each(&self, each: &mut dyn FnMut(&str)) {
        each(self);
    }
}

impl Keys for String {
    fn each(&self, each: &mut dyn FnMut(&str)) {
        each(self);
    }
}

impl Keys for &String {
    fn each(&self, each: &mut dyn FnMut(&str)) {
        each(self);
    }
}

impl<S: AsRef<str>, const N: usize> Keys for [S; N] {
    fn each(&self, each: &mut dyn FnMut(&str)) {
        self.iter().for_each(|key| each(key.as_ref()));
    }
}

impl<S: AsRef<str>> Keys for &[S] {
    fn each(&self, each: &mut dyn FnMut(&str)) {
        self.iter().for_each(|key| each(key.as_ref()));
    }
}

impl<S: AsRef<str>> Keys for Vec<S> {
    fn each(&self, each: &mut dyn FnMut(&str)) {
        self.iter().for_each(|key| each(key.as_ref()));
    }
}
