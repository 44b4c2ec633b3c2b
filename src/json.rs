//! Reading JSON field by field, so that whatever is wrong can be named: which
//! field, what it holds, and what is allowed.

use std::collections::BTreeSet;

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

/// How much a text may differ from JSON (RFC 8259).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Not at all.
    Strict,
    /// Comments and trailing commas, as opencode reads its configuration.
    WithComments,
}

/// Takes `content` as JSON with an object on top.
///
/// # Errors
/// What is wrong and where, to be put behind the name of the file.
pub fn parse_object(content: &[u8], dialect: Dialect) -> Result<Object<'_>, String> {
    let text = std::str::from_utf8(content).map_err(|error| format!("is not UTF-8: {error}"))?;
    let with_comments = dialect == Dialect::WithComments;
    let options = ParseOptions {
        allow_comments: with_comments,
        allow_trailing_commas: with_comments,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let collect = CollectOptions {
        comments: CommentCollectionStrategy::Off,
        tokens: false,
    };
    let parsed =
        parse_to_ast(text, &collect, &options).map_err(|error| format!("is not JSON: {error}"))?;
    match parsed.value {
        Some(Value::Object(object)) => Ok(object),
        Some(_) => Err("is JSON, but has no object on top".to_owned()),
        None => Err("is empty, where a JSON object has to be".to_owned()),
    }
}

/// The fields of one object, each to be taken once.
pub struct Fields<'a> {
    path: String,
    untaken: Vec<Field<'a>>,
    known: Vec<&'static str>,
}

/// One field, with the path that messages name it by.
pub struct Field<'a> {
    name: String,
    path: String,
    value: Value<'a>,
}

impl<'a> Fields<'a> {
    /// The fields of the object at `path`; of the topmost one where that is empty.
    ///
    /// # Errors
    /// When a field is there twice.
    pub fn of(path: String, object: Object<'a>) -> Result<Self, String> {
        let mut names = BTreeSet::new();
        let mut untaken = Vec::with_capacity(object.properties.len());
        for property in object.properties {
            let name = property.name.into_string();
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            if !names.insert(name.clone()) {
                return Err(format!("field `{path}` is there twice; allowed is once"));
            }
            let value = property.value;
            untaken.push(Field { name, path, value });
        }
        Ok(Self {
            path,
            untaken,
            known: Vec::new(),
        })
    }

    /// The field `name`, if it is there.
    pub fn optional(&mut self, name: &'static str) -> Option<Field<'a>> {
        self.known.push(name);
        let index = self.untaken.iter().position(|field| field.name == name)?;
        Some(self.untaken.swap_remove(index))
    }

    /// The field `name`.
    ///
    /// # Errors
    /// When it is not there.
    pub fn required(&mut self, name: &'static str) -> Result<Field<'a>, String> {
        self.optional(name).ok_or_else(|| {
            let place = match self.path.as_str() {
                "" => String::new(),
                path => format!("{path}."),
            };
            format!("field `{place}{name}` is missing; it is required")
        })
    }

    /// Ends the taking: what is left was never asked for.
    ///
    /// # Errors
    /// When something is left.
    pub fn finish(self) -> Result<(), String> {
        match self.untaken.first() {
            None => Ok(()),
            Some(field) => Err(format!(
                "field `{}` is unknown; allowed are {}",
                field.path,
                self.known.join(", ")
            )),
        }
    }
}

impl<'a> Field<'a> {
    /// The field's value as a string that `parse` accepts.
    ///
    /// # Errors
    /// When it is no string, or with what `parse` says.
    pub fn parse<T>(self, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<T, String> {
        match &self.value {
            Value::StringLit(text) => {
                parse(&text.value).map_err(|why| format!("field `{}`: {why}", self.path))
            }
            _ => Err(self.refuse("a string")),
        }
    }

    /// The field itself, unless it is `null`.
    #[must_use]
    pub fn nullable(self) -> Option<Self> {
        match self.value {
            Value::NullKeyword(_) => None,
            _ => Some(self),
        }
    }

    /// The field's value as a string.
    ///
    /// # Errors
    /// When it is no string.
    pub fn text(self) -> Result<String, String> {
        self.parse(|text| Ok(text.to_owned()))
    }

    /// One of several words, each with what it stands for.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn one_of<T: Copy>(self, choices: &[(&str, T)]) -> Result<T, String> {
        self.parse(|text| {
            let choice = choices.iter().find(|(word, _)| *word == text);
            choice.map(|(_, value)| *value).ok_or_else(|| {
                let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
                format!("{text:?} is not known; allowed are {}", words.join(", "))
            })
        })
    }

    /// A whole number, not negative.
    ///
    /// # Errors
    /// When it is something else.
    pub fn number(&self) -> Result<u64, String> {
        match &self.value {
            Value::NumberLit(number) => number.value.parse().ok(),
            _ => None,
        }
        .ok_or_else(|| self.refuse("a whole number"))
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// When it is something else.
    pub fn boolean(&self) -> Result<bool, String> {
        match &self.value {
            Value::BooleanLit(boolean) => Ok(boolean.value),
            _ => Err(self.refuse("true or false")),
        }
    }

    /// The elements of a list.
    ///
    /// # Errors
    /// When it is something else.
    pub fn list(self) -> Result<Vec<Field<'a>>, String> {
        let Value::Array(array) = self.value else {
            return Err(self.refuse("a list"));
        };
        let elements = array.elements.into_iter().enumerate();
        Ok(elements
            .map(|(index, value)| Field {
                name: index.to_string(),
                path: format!("{}[{index}]", self.path),
                value,
            })
            .collect())
    }

    /// The fields of an object.
    ///
    /// # Errors
    /// When it is something else, or as [`Fields::of`].
    pub fn fields(self) -> Result<Fields<'a>, String> {
        match self.value {
            Value::Object(object) => Fields::of(self.path, object),
            _ => Err(self.refuse("an object")),
        }
    }

    /// An error about this field, for a rule that its value alone cannot break.
    #[must_use]
    pub fn refuse(&self, allowed: &str) -> String {
        let found = match &self.value {
            Value::StringLit(text) => format!("{:?} is a string", text.value),
            Value::NumberLit(number) => format!("{} is a number", number.value),
            Value::BooleanLit(boolean) => format!("{} is a truth value", boolean.value),
            Value::Object(_) => "it is an object".to_owned(),
            Value::Array(_) => "it is a list".to_owned(),
            Value::NullKeyword(_) => "it is null".to_owned(),
        };
        format!("field `{}`: {found}; allowed is {allowed}", self.path)
    }
}
